/**
 * Stores deliveries: an event becomes one send for each subscription that selects it. A group of deliveries shares a
 * transaction, which first locks the channels. Everything is decided under these locks before anything is written, so a
 * refused delivery leaves no trace.
 */

import { selectsDelivery } from '../../wire/action-filter.ts';
import type { Database, Transaction } from './database.ts';
import type { Ingested, NewDelivery, SealedContent } from './new-delivery.ts';
import {
  channelChange,
  deliveryChanges,
  digestChanges,
  digestText,
  KNOWN_DIGESTS,
  KNOWN_SUBJECTS,
  subjectChanges,
  type Counted,
  FILTERS,
  type DigestRow,
  type FilterRow,
  type LockedChannel,
  type StoredDelivery,
  type SubjectRow,
} from './ingest-changes.ts';
import { hasSubject, NO_STATES, rememberIn, type SubjectState } from './memory.ts';
import { removeOldest, removeOldestDigests } from './removal.ts';
import type { StoreOptions } from './store-options.ts';

/**
 * Size in bytes that each send adds to its delivery, about the size of its rows. Without it, a stranger could fill the
 * database with small events that many Zaps want.
 */
const SEND_BYTES = 150;

/** A delivery with content that is to be stored. */
interface Accepted {
  readonly index: number;
  readonly delivery: NewDelivery & { readonly content: SealedContent };
  readonly channel: LockedChannel;
  /** Keys of the subscriptions that select it. */
  readonly subscriptions: readonly number[];
  readonly bytes: number;
  /** True if its digest is known from before the duplicate window. */
  readonly isRepeat: boolean;
}

const hasContent = (delivery: NewDelivery): delivery is Accepted['delivery'] => delivery.content !== null;
const keyOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);

/** One transaction that stores a group of deliveries. */
class Group {
  readonly results: Ingested[];
  readonly #transaction: Transaction;
  readonly #deliveries: readonly NewDelivery[];
  readonly #options: StoreOptions;
  #channels: readonly LockedChannel[] = [];
  /** Arrival times of known digests. */
  readonly #digests = new Map<string, number>();
  /** The memory of subjects, by channel, model and subject id. */
  readonly #subjects = new Map<string, SubjectState>();
  /** The filters of the subscriptions of each channel, by the key of the channel. */
  #filters: ReadonlyMap<number, readonly FilterRow[]> = new Map();
  #seqs: readonly number[] = [];
  #now = 0;
  #accepted: Accepted[] = [];
  readonly #counted = new Map<number, Counted>();

  constructor(transaction: Transaction, deliveries: readonly NewDelivery[], options: StoreOptions) {
    this.#transaction = transaction;
    this.#deliveries = deliveries;
    this.#options = options;
    this.results = deliveries.map(() => 'unregistered');
  }

  /** Stores the group. Returns the names of the channels in which sends are pending. */
  async store(): Promise<string[]> {
    this.#channels = await this.#transaction.all<LockedChannel>(
      `SELECT key, channel, seal_key, newest_seq, newest_number, last_event_at, old_url_event_at, waiting_bytes,
         stored_bytes, digests, due_at
       FROM channels WHERE channel = ANY($1) ORDER BY key FOR UPDATE`,
      [[...new Set(this.#deliveries.map(({ channel }) => channel))]],
    );
    await this.#read();
    this.#decide();
    await this.#removeExcess();
    await this.#write();
    return this.#channels.filter(({ isDue }) => isDue).map(({ channel }) => channel);
  }

  /** Reads what the decisions depend on, and takes a sequence number for each delivery that may be stored. */
  async #read(): Promise<void> {
    const subjects = this.#deliveries.flatMap((delivery) => (hasSubject(delivery) ? [delivery.subjectId] : []));
    const { rows, seqs, now } = await this.#transaction.readTogether(
      [
        { text: KNOWN_DIGESTS, values: [this.#deliveries.map(digestText)] },
        { text: KNOWN_SUBJECTS, values: [[...new Set(subjects)]] },
        { text: FILTERS, values: [this.#channels.map(({ key }) => key)] },
      ],
      this.#deliveries.filter(hasContent).length,
    );
    const [digests = [], states = [], filters = []] = rows as [DigestRow[]?, SubjectRow[]?, FilterRow[]?];
    this.#filters = Map.groupBy(filters, ({ channel }) => channel);
    for (const { channel, digest, receivedAt } of digests) this.#digests.set(keyOf(channel, digest), receivedAt);
    for (const { channel, model, subjectId, earlierSeq, earlierTime, ...state } of states) {
      this.#subjects.set(keyOf(channel, model, subjectId), {
        ...state,
        earlier: earlierSeq === null || earlierTime === null ? null : { seq: earlierSeq, eventTime: earlierTime },
      });
    }
    this.#seqs = seqs;
    this.#now = now;
  }

  /** Decides about each delivery, except for the limit on stored bytes. */
  #decide(): void {
    const channels = new Map(this.#channels.map((each) => [each.channel, each]));
    this.#deliveries.forEach((delivery, index) => {
      const channel = channels.get(delivery.channel);
      if (channel) this.results[index] = this.#decideAbout(delivery, channel, index);
    });
  }

  #decideAbout(delivery: NewDelivery, channel: LockedChannel, index: number): Ingested {
    const { content, receivedAt, actions, isConcern } = delivery;
    const { duplicateMs, maxChannelBytes } = this.#options;
    const digest = keyOf(channel.key, digestText(delivery));
    const known = this.#digests.get(digest);
    const isRepeat = known !== undefined;
    if (isRepeat && known > receivedAt - duplicateMs) return 'duplicate';
    if (content && !channel.sealKey.equals(content.sealKey)) return 'other-seal-key';
    if (hasContent(delivery)) {
      const subscriptions = (this.#filters.get(channel.key) ?? [])
        .filter(({ filter }) => selectsDelivery(filter, actions))
        .map(({ subscription }) => subscription);
      const bytes = delivery.content.sealed.length + SEND_BYTES * subscriptions.length;
      const waitingBytes = subscriptions.length > 0 ? bytes : 0;
      if (bytes > maxChannelBytes || channel.waitingBytes + waitingBytes > maxChannelBytes) return 'full';
      if (subscriptions.length > 0 || !isConcern) {
        channel.waitingBytes += waitingBytes;
        channel.storedBytes += bytes;
        this.#accepted.push({ index, delivery, channel, subscriptions, bytes, isRepeat });
      }
    }
    this.#digests.set(digest, receivedAt);
    this.#counted.set(index, { delivery, channel, isRenewed: isRepeat });
    return 'stored';
  }

  /** Removes older deliveries and digests from channels that exceed their limits. Refuses deliveries if that is not enough. */
  async #removeExcess(): Promise<void> {
    const { maxChannelBytes, maxChannelDeliveries = Infinity } = this.#options;
    for (const channel of this.#channels) {
      const { key } = channel;
      const excess = channel.storedBytes - maxChannelBytes;
      if (excess > 0) channel.storedBytes -= await removeOldest(this.#transaction, key, excess);
      channel.digests += [...this.#counted.values()].filter(
        (each) => each.channel === channel && !each.isRenewed,
      ).length;
      const tooMany = channel.digests - maxChannelDeliveries;
      if (tooMany > 0) channel.digests -= await removeOldestDigests(this.#transaction, key, tooMany);
      channel.hasRemoved = excess > 0 || tooMany > 0;
    }
    for (const { index, channel, bytes, subscriptions } of this.#accepted.toReversed()) {
      if (channel.storedBytes <= maxChannelBytes) continue;
      channel.storedBytes -= bytes;
      if (subscriptions.length > 0) channel.waitingBytes -= bytes;
      if (this.#counted.get(index)?.isRenewed === false) channel.digests--;
      this.results[index] = 'full';
      this.#counted.delete(index);
    }
    this.#accepted = this.#accepted.filter(({ index }) => this.results[index] === 'stored');
    if (!this.#channels.some(({ hasRemoved }) => hasRemoved)) return;
    // The newest states of some subjects may have been removed.
    this.#subjects.clear();
    await this.#read();
  }

  async #write(): Promise<void> {
    /** States that are no longer the newest. */
    const replaced = new Set<number>();
    const stored = this.#accepted.map((accepted, position) =>
      this.#storedDelivery(accepted, this.#seqs[position] ?? 0, replaced),
    );
    const counted = [...this.#counted.values()];
    await this.#transaction.write([
      ...deliveryChanges(stored),
      {
        // Retention deletes remembered states that are no longer needed.
        update: 'deliveries',
        keys: ['seq', 'isRemembered'],
        rows: [...replaced]
          .filter((seq) => seq > 0 && !this.#seqs.includes(seq))
          .map((seq) => ({ seq, isRemembered: true, expiresAt: 0 })),
      },
      ...digestChanges(counted),
      ...subjectChanges(this.#subjects, new Set(this.#seqs)),
      channelChange(this.#channels, counted),
    ]);
  }

  /** Returns a delivery as it is stored, after adding it to its channel and to the memory of its subject. */
  #storedDelivery(
    { delivery, channel, subscriptions, bytes, isRepeat }: Accepted,
    seq: number,
    replaced: Set<number>,
  ): StoredDelivery {
    const { id, receivedAt, actions, model, subjectId, eventTime, isConcern, content } = delivery;
    const { bodyMs, deadLetterMs } = this.#options;
    channel.newestSeq = Math.max(channel.newestSeq, seq);
    channel.newestNumber++;
    const isSelected = subscriptions.length > 0;
    if (isSelected) {
      channel.isDue = true;
      channel.dueAt = Math.min(channel.dueAt ?? this.#now, this.#now);
    }
    const states = hasSubject(delivery)
      ? rememberIn(
          this.#subjects,
          keyOf(channel.key, delivery.model, delivery.subjectId),
          { ...delivery, seq },
          isSelected,
          replaced,
        )
      : NO_STATES;
    const columns = {
      ...{ seq, channel: channel.key, number: channel.newestNumber, id, receivedAt },
      expiresAt: receivedAt + Math.min(bodyMs, deadLetterMs),
      actions: JSON.stringify(actions),
      ...{ model, subjectId, eventTime, ...states, isConcern, isRepeat, isRemembered: false, bytes },
    };
    return { columns, content, subscriptions };
  }
}

/** Creates the part of a store that stores deliveries. */
export function createIngest(database: Database, options: StoreOptions) {
  return {
    /**
     * Stores deliveries in one transaction, with a pending send for each subscription that selects them. Returns one
     * result per delivery, in the same order.
     *
     * The limits of {@link StoreOptions} apply to the deliveries that wait for a subscription; these are never removed. If
     * a delivery exceeds a limit, others are removed to make room for it, oldest first: first those whose sends are all
     * delivered, then dead letters. One call removes a limited number of deliveries, so a delivery that is refused as
     * `full` may be accepted when it is sent again.
     *
     * A wellbeing concern is stored only if a subscription selects it, and is deleted as soon as none of its sends waits or
     * is a dead letter. Each delivery is given its previous delivery by the rules of `memory.ts`.
     */
    ingest: async (deliveries: readonly NewDelivery[]): Promise<Ingested[]> => {
      // If one of several channels cannot be locked, the caller stores the others without it.
      const isRepeated = new Set(deliveries.map(({ channel }) => channel)).size === 1;
      const { results, due } = await database.transaction(
        async (transaction) => {
          const group = new Group(transaction, deliveries, options);
          const due = await group.store();
          return { results: group.results, due };
        },
        { isRepeated },
      );
      for (const channel of due) database.onChange(channel, 'deliveries');
      return results;
    },
  };
}
