/**
 * Stores deliveries, with one send for each subscription that selects them. A group of deliveries shares a transaction,
 * which locks the channels and decides everything before it writes anything, so a refused delivery leaves no trace.
 */

import { isDeletion, selectsDelivery, type ActionFilter } from '../../wire/action-filter.ts';
import { raw, sql, type Database, type RowValues, type Transaction } from './database.ts';
import {
  addState,
  hasSubject,
  MAX_BURST_MEMBERS,
  NO_STATES,
  type EarlierStates,
  type SubjectState,
} from './earlier-states.ts';
import { deliveryChanges } from './new-delivery.ts';
import type { Ingested, NewDelivery, SealedContent, StoredDelivery } from './new-delivery.ts';
import { removeOldest, removeOldestDigests } from './removal.ts';
import { noteArrival, type ArrivalColumns } from './silence.ts';
import type { StoreOptions } from './store-options.ts';

/** Size that each send adds to its delivery, so that a stranger cannot fill the database with events for many Zaps. */
const SEND_BYTES = 150;

/** A channel that the transaction has locked, with the accepted deliveries of the group. */
interface LockedChannel extends ArrivalColumns {
  readonly key: number;
  readonly channel: string;
  readonly sealKey: Buffer;
  newestSeq: number;
  newestNumber: number;
  waitingBytes: number;
  storedBytes: number;
  digests: number;
  oldUrlEventAt: number | null;
  dueAt: number | null;
}

/** A delivery whose arrival is recorded. */
interface Accepted {
  readonly index: number;
  readonly delivery: NewDelivery;
  readonly channel: LockedChannel;
  /**
   * The content to store; null if the delivery has none, or is about a wellbeing concern and selected by no
   * subscription.
   */
  readonly content: SealedContent | null;
  readonly bytes: number;
  readonly subscriptions: readonly number[];
  /** True if its digest is known from before the duplicate window. */
  readonly isRepeat: boolean;
}

type DigestRow = Readonly<Record<'channel' | 'receivedAt', number> & Record<'digest', string>>;

type SubjectRow = SubjectState & Readonly<Record<'channel', number> & Record<'model' | 'subjectId', string>>;

/** The filter of a subscription, by which an event becomes a send. */
type FilterRow = Readonly<Record<'channel' | 'subscription', number>> & { readonly filter: ActionFilter };

const digestText = ({ digest }: NewDelivery): string => Buffer.from(digest).toString('base64');
const omit = <Row extends object>(row: Row, names: readonly (keyof Row)[]): RowValues =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name as keyof Row)));
const keyOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);

/** Stores a group of deliveries in a transaction. Returns their results, and the channels in which sends are pending. */
async function storeGroup(transaction: Transaction, deliveries: readonly NewDelivery[], options: StoreOptions) {
  const { maxChannelBytes, maxChannelDeliveries = Infinity, duplicateMs, bodyMs, deadLetterMs } = options;
  const results = deliveries.map((): Ingested => 'unregistered');
  const due = new Set<string>();
  const digests = new Map<string, number>();
  /** By channel, model and subject id. */
  const subjects = new Map<string, SubjectRow>();
  /** By the key of the channel. */
  let filters: ReadonlyMap<number, readonly FilterRow[]> = new Map();
  let seqs: readonly number[] = [];
  let now = 0;
  let accepted: Accepted[] = [];
  const changed = new Set<LockedChannel>();
  /** States that are no longer the newest. */
  const replaced = new Set<number>();
  const names = [...new Set(deliveries.map(({ channel }) => channel))];
  const channels = await transaction.all<LockedChannel>(sql`
    SELECT key, channel, seal_key, newest_seq, newest_number, last_event_at, old_url_event_at, waiting_bytes, stored_bytes,
      digests, due_at, busy_slots, silence_check_at, silent_at, refused_at, problems_check_at
    FROM channels WHERE channel = ANY(${names}) ORDER BY key FOR UPDATE`);

  /** Reads the data that the decisions depend on, and takes a sequence number for each delivery that may be stored. */
  async function read(): Promise<void> {
    const ids = deliveries.flatMap((delivery) => (hasSubject(delivery) ? [delivery.subjectId] : []));
    const together = await transaction.readTogether(
      [
        sql`SELECT channel, digest, received_at FROM digests WHERE digest = ANY(${deliveries.map(digestText)})`,
        sql`
          SELECT channel, model, subject_id, seq, event_time, received_at, burst_time, burst_seq, earlier_seq, earlier_time,
            has_ended, (SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE d.burst = subjects.burst_seq
              LIMIT ${raw(MAX_BURST_MEMBERS)}) AS b) AS burst_members
          FROM subjects WHERE subject_id = ANY(${[...new Set(ids)]})`,
        sql`
          SELECT channel, key AS subscription, filter FROM subscriptions
          WHERE channel = ANY(${channels.map(({ key }) => key)}) AND ended_at IS NULL AND notice_key IS NULL ORDER BY key`,
      ],
      deliveries.filter(({ content }) => content).length,
    );
    const [knownDigests = [], states = [], filterRows = []] = together.rows as [
      DigestRow[]?,
      SubjectRow[]?,
      FilterRow[]?,
    ];
    filters = Map.groupBy(filterRows, ({ channel }) => channel);
    for (const { channel, digest, receivedAt } of knownDigests) digests.set(keyOf(channel, digest), receivedAt);
    for (const row of states) subjects.set(keyOf(row.channel, row.model, row.subjectId), row);
    ({ seqs, now } = together);
  }

  /** Decides about a delivery, except for the limit on stored bytes. */
  function decide(delivery: NewDelivery, channel: LockedChannel, index: number): Ingested {
    const { content, receivedAt, actions, isConcern } = delivery;
    const digest = keyOf(channel.key, digestText(delivery));
    const known = digests.get(digest);
    if (known !== undefined && known > receivedAt - duplicateMs) return 'duplicate';
    if (content && !channel.sealKey.equals(content.sealKey)) return 'other-seal-key';
    const subscriptions = (content ? (filters.get(channel.key) ?? []) : [])
      .filter(({ filter }) => selectsDelivery(filter, actions))
      .map(({ subscription }) => subscription);
    const isSelected = subscriptions.length > 0;
    const kept = isSelected || !isConcern ? content : null;
    const bytes = content ? content.sealed.length + SEND_BYTES * subscriptions.length : 0;
    const waitingBytes = isSelected ? bytes : 0;
    if (bytes > maxChannelBytes || channel.waitingBytes + waitingBytes > maxChannelBytes) return 'full';
    channel.waitingBytes += waitingBytes;
    if (kept) channel.storedBytes += bytes;
    const isRepeat = known !== undefined;
    if (!isRepeat) channel.digests++;
    digests.set(digest, receivedAt);
    changed.add(channel);
    accepted.push({ index, delivery, channel, content: kept, bytes, subscriptions, isRepeat });
    return 'stored';
  }

  /**
   * Removes older deliveries and digests from channels that exceed their limits. Refuses deliveries if this frees too
   * little space.
   */
  async function removeExcess(): Promise<void> {
    let hasRemoved = false;
    const refused = new Set<string>();
    for (const channel of channels) {
      const excess = channel.storedBytes - maxChannelBytes;
      if (excess > 0) channel.storedBytes -= await removeOldest(transaction, channel.key, excess);
      const tooMany = channel.digests - maxChannelDeliveries;
      if (tooMany > 0) channel.digests -= await removeOldestDigests(transaction, channel.key, tooMany);
      if (excess <= 0 && tooMany <= 0) continue;
      hasRemoved = true;
      changed.add(channel);
    }
    for (const { index, delivery, channel, content, bytes, subscriptions, isRepeat } of accepted.toReversed()) {
      if (!content || channel.storedBytes <= maxChannelBytes) continue;
      refused.add(keyOf(channel.channel, digestText(delivery)));
      channel.storedBytes -= bytes;
      if (subscriptions.length > 0) channel.waitingBytes -= bytes;
      if (!isRepeat) channel.digests--;
      results[index] = 'full';
    }
    // A copy in the same group is a duplicate only of a delivery that is stored.
    for (const [index, delivery] of deliveries.entries())
      if (refused.has(keyOf(delivery.channel, digestText(delivery)))) results[index] = 'full';
    accepted = accepted.filter(({ index }) => results[index] === 'stored');
    if (!hasRemoved) return;
    // The newest states of some subjects may have been removed.
    subjects.clear();
    await read();
  }

  async function write(): Promise<void> {
    const withContent = accepted.filter(({ content }) => content);
    const stored = withContent.flatMap((each, position) => store(each, seqs[position] ?? 0));
    const busyHours = new Map<string, RowValues>();
    for (const { channel, delivery } of accepted) {
      const busyHour = noteArrival(channel, delivery.receivedAt);
      if (busyHour) busyHours.set(keyOf(channel.key, busyHour.hour), { channel: channel.key, ...busyHour });
      if (delivery.isAtOldUrl) channel.oldUrlEventAt = Math.max(channel.oldUrlEventAt ?? 0, delivery.receivedAt);
    }
    const digestRows = accepted.map(({ delivery, channel }) => ({
      digest: digestText(delivery),
      channel: channel.key,
      receivedAt: delivery.receivedAt,
      hasEvents: delivery.content !== null || delivery.isConcern,
    }));
    const newest = [...subjects.values()].filter(({ seq }) => seqs.includes(seq));
    await transaction.write([
      ...deliveryChanges(stored),
      {
        // Retention deletes remembered states that are no longer needed.
        update: 'deliveries',
        keys: ['seq', 'isRemembered'],
        rows: [...replaced]
          .filter((seq) => seq > 0 && !seqs.includes(seq))
          .map((seq) => ({ seq, isRemembered: true, expiresAt: 0 })),
      },
      { insert: 'digests', replace: ['digest', 'channel'], rows: digestRows },
      { insert: 'busy_hours', replace: ['channel', 'hour'], rows: [...busyHours.values()] },
      {
        insert: 'subjects',
        replace: ['subjectId', 'model', 'channel'],
        rows: newest.map((row) => omit(row, ['burstMembers'])),
      },
      {
        update: 'channels',
        keys: ['key'],
        rows: [...changed].map((row) => omit(row, ['channel', 'sealKey', 'refusedAt'])),
      },
    ]);
  }

  /** Returns a delivery as it is stored, after adding it to its channel and to its subject. */
  function store(candidate: Accepted, seq: number): StoredDelivery[] {
    const { delivery, channel, content, subscriptions, bytes, isRepeat } = candidate;
    if (!content) return [];
    const { id, receivedAt, actions, model, subjectId, eventTime, isConcern } = delivery;
    channel.newestSeq = Math.max(channel.newestSeq, seq);
    channel.newestNumber++;
    if (subscriptions.length > 0) {
      due.add(channel.channel);
      channel.dueAt = Math.min(channel.dueAt ?? now, now);
    }
    const states = addToSubject(delivery, channel.key, seq, subscriptions.length > 0);
    const columns = {
      ...{ seq, channel: channel.key, number: channel.newestNumber, id, receivedAt },
      expiresAt: receivedAt + Math.min(bodyMs, deadLetterMs),
      actions: JSON.stringify(actions),
      ...{ model, subjectId, eventTime, ...states, isConcern, isRepeat, isRemembered: false, bytes },
    };
    return [{ columns, content, subscriptions }];
  }

  /** Adds a delivery to the states of its subject. Returns the states that it is compared with. */
  function addToSubject(delivery: NewDelivery, channel: number, seq: number, isSelected: boolean): EarlierStates {
    if (!hasSubject(delivery)) return NO_STATES;
    const { model, subjectId, eventTime, receivedAt, actions } = delivery;
    const subject = keyOf(channel, model, subjectId);
    const known = subjects.get(subject);
    const { state, earlier } = addState(known, { seq, eventTime, receivedAt });
    const isNewest = state.seq === seq;
    if (isNewest && known) replaced.add(known.seq);
    // A deletion that no subscription selects ends the comparison of its subject at once.
    const hasEnded = state.hasEnded || (isNewest && !isSelected && isDeletion(model, actions));
    subjects.set(subject, { ...state, channel, model, subjectId, hasEnded });
    return hasEnded ? NO_STATES : earlier;
  }

  await read();
  const byName = new Map(channels.map((each) => [each.channel, each]));
  deliveries.forEach((delivery, index) => {
    const channel = byName.get(delivery.channel);
    if (channel) results[index] = decide(delivery, channel, index);
  });
  await removeExcess();
  await write();
  return { results, due };
}

/** Creates the part of a store that stores deliveries. */
export function createIngest(database: Database, options: StoreOptions) {
  return {
    /**
     * Stores deliveries in one transaction, with a pending send for each subscription that selects them. Returns one
     * result per delivery, in the same order.
     *
     * Deliveries that wait for a subscription are never removed. If a delivery exceeds a limit of {@link StoreOptions},
     * older deliveries are removed to make room, oldest first: deliveries whose sends are all delivered, then
     * deliveries with dead letters. One call removes a limited number, so a delivery that is refused as `full` may be
     * accepted later.
     *
     * A wellbeing concern is stored only if a subscription selects it, and is deleted as soon as none of its sends
     * waits or is a dead letter.
     */
    ingest: async (deliveries: readonly NewDelivery[]): Promise<Ingested[]> => {
      // If one of several channels cannot be locked, the caller stores the others without it.
      const isRepeated = new Set(deliveries.map(({ channel }) => channel)).size === 1;
      const { results, due } = await database.transaction(
        (transaction) => storeGroup(transaction, deliveries, options),
        { isRepeated },
      );
      for (const channel of due) database.onChange(channel, 'deliveries');
      return results;
    },
  };
}
