/** The rows that a group of deliveries reads and changes. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { Change, RowValues } from './database.ts';
import type { NewDelivery, SealedContent } from './new-delivery.ts';
import { MAX_BURST_MEMBERS, type SubjectState } from './memory.ts';
import { SEND_STATES } from './send.ts';

/** A channel that the transaction has locked. The sums include the accepted deliveries of the group. */
export interface LockedChannel {
  readonly key: number;
  readonly channel: string;
  readonly sealKey: Buffer;
  newestSeq: number;
  newestNumber: number;
  lastEventAt: number | null;
  oldUrlEventAt: number | null;
  waitingBytes: number;
  storedBytes: number;
  digests: number;
  /** True if deliveries or digests were removed to make room. */
  hasRemoved?: boolean;
  dueAt: number | null;
  /** True if a send was added. */
  isDue?: boolean;
}

/** A delivery whose arrival is recorded. */
export interface Counted {
  readonly delivery: NewDelivery;
  readonly channel: LockedChannel;
  /** True if a digest from before the duplicate window is replaced. */
  readonly isRenewed: boolean;
}

/** Query for the known digests among those of a group, and its rows. */
export const KNOWN_DIGESTS = 'SELECT channel, digest, received_at FROM digests WHERE digest = ANY($1)';
export interface DigestRow {
  readonly channel: number;
  readonly digest: string;
  readonly receivedAt: number;
}

/** Query for the remembered states of the subjects of a group, and its rows. */
export const KNOWN_SUBJECTS = `SELECT channel, model, subject_id, seq, event_time, received_at, burst_time, burst_seq,
    (SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE d.burst = subjects.burst_seq LIMIT ${MAX_BURST_MEMBERS}) AS b)
      AS burst_members,
    earlier_seq, earlier_time, has_ended
  FROM subjects WHERE subject_id = ANY($1)`;
export interface SubjectRow extends Omit<SubjectState, 'earlier'> {
  readonly channel: number;
  readonly model: string;
  readonly subjectId: string;
  readonly earlierSeq: number | null;
  readonly earlierTime: number | null;
}

/** Query for the filters of the subscriptions of channels, by which an event becomes sends, and its rows. */
export const FILTERS = `SELECT channel, key AS subscription, filter FROM subscriptions
  WHERE channel = ANY($1) AND ended_at IS NULL AND notice_key IS NULL ORDER BY key`;
export interface FilterRow {
  readonly channel: number;
  readonly subscription: number;
  readonly filter: ActionFilter;
}

/** Returns the digest of a delivery, as stored. */
export const digestText = ({ digest }: NewDelivery): string => Buffer.from(digest).toString('base64');

/** A delivery that is being stored. */
export interface StoredDelivery {
  /** Its columns, except those of its content. */
  readonly columns: RowValues & { readonly seq: number; readonly channel: number; readonly receivedAt: number };
  readonly content: Omit<SealedContent, 'sealKey'>;
  /** Keys of the subscriptions for which a send is pending. */
  readonly subscriptions: readonly number[];
}

/** Returns the changes that store deliveries with their data keys and sends. */
export function deliveryChanges(deliveries: readonly StoredDelivery[]): Change[] {
  const keys = new Map<string, RowValues>();
  for (const { columns, content } of deliveries) {
    const { channel, receivedAt: createdAt } = columns;
    const { keyId, wrappedKey: wrapped } = content;
    keys.set(`${channel} ${keyId}`, { channel, keyId, createdAt, wrapped });
  }
  return [
    { insert: 'data_keys', rows: [...keys.values()] },
    {
      insert: 'deliveries',
      rows: deliveries.map(({ columns, content: { keyId, sealed } }) => ({ ...columns, keyId, sealed })),
    },
    {
      insert: 'sends',
      rows: deliveries.flatMap(({ columns: { seq, receivedAt: endedAt }, subscriptions }) =>
        subscriptions.map((subscription) => ({
          ...{ seq, subscription, endedAt, state: SEND_STATES.pending, isSentAgain: false },
        })),
      ),
    },
  ];
}

/** Returns the changes of digests. */
export function digestChanges(counted: readonly Counted[]): Change[] {
  const rowsOf = (areRenewed: boolean) =>
    counted
      .filter(({ isRenewed }) => isRenewed === areRenewed)
      .map(({ delivery, channel }) => ({
        digest: digestText(delivery),
        channel: channel.key,
        receivedAt: delivery.receivedAt,
        hasEvents: delivery.content !== null || delivery.isConcern,
      }));
  return [
    { insert: 'digests', rows: rowsOf(false) },
    { update: 'digests', keys: ['digest', 'channel'], rows: rowsOf(true) },
  ];
}

/** Returns the changes of the subjects whose newest state is one of the given deliveries. */
export function subjectChanges(subjects: ReadonlyMap<string, SubjectState>, seqs: ReadonlySet<number>): Change[] {
  const rows = [...subjects]
    .filter(([, { seq }]) => seqs.has(seq))
    .map(([subject, { seq, eventTime, receivedAt, burstTime, burstSeq, earlier, hasEnded }]) => {
      const [channel, model, subjectId] = JSON.parse(subject) as [number, string, string];
      const earlierStates = { earlierSeq: earlier?.seq ?? null, earlierTime: earlier?.eventTime ?? null };
      const state = { seq, eventTime, receivedAt, burstTime, burstSeq, hasEnded };
      return { channel, model, subjectId, ...state, ...earlierStates };
    });
  // The insertion leaves out subjects that exist, and the update finds no others.
  return [
    { insert: 'subjects', rows },
    { update: 'subjects', keys: ['channel', 'model', 'subjectId'], rows },
  ];
}

/** Returns the change of the channels of a group. */
export function channelChange(channels: readonly LockedChannel[], counted: readonly Counted[]): Change {
  const changed = new Set(channels.filter(({ hasRemoved }) => hasRemoved));
  for (const { channel, delivery } of counted) {
    changed.add(channel);
    channel.lastEventAt = Math.max(channel.lastEventAt ?? 0, delivery.receivedAt);
    if (delivery.isAtOldUrl) channel.oldUrlEventAt = Math.max(channel.oldUrlEventAt ?? 0, delivery.receivedAt);
  }
  const rows = [...changed].map(
    ({ key, newestSeq, newestNumber, lastEventAt, oldUrlEventAt, waitingBytes, storedBytes, digests, dueAt }) => ({
      ...{ key, newestSeq, newestNumber, lastEventAt, oldUrlEventAt, waitingBytes, storedBytes, digests, dueAt },
    }),
  );
  return { update: 'channels', keys: ['key'], rows };
}
