/** The rows that a group of deliveries reads and changes, apart from the deliveries themselves. */

import type { Change, Value } from './database.ts';
import type { NewDelivery } from './delivery.ts';
import type { SubjectState } from './memory.ts';

/** The columns of a new delivery. */
export const DELIVERY_COLUMNS = [
  'seq',
  'channel',
  'number',
  'id',
  'received_at',
  'expires_at',
  'actions',
  'model',
  'subject_id',
  'event_time',
  'earlier_seq',
  'burst',
  'is_concern',
  'is_repeat',
  'is_remembered',
  'bytes',
  'key_id',
  'sealed',
];

const SUBJECT_KEYS = ['channel', 'model', 'subject_id'];
const SUBJECT_COLUMNS = [
  ...['seq', 'event_time', 'received_at', 'burst_time', 'burst_seq', 'earlier_seq', 'earlier_time', 'has_ended'],
];

/** A channel that the transaction has locked. The sums include the accepted deliveries of the group. */
export interface LockedChannel {
  readonly key: number;
  readonly channel: string;
  readonly sealKey: Buffer;
  readonly revision: number;
  newestSeq: number;
  newestNumber: number;
  lastEventAt: number | null;
  oldUrlEventAt: number | null;
  waitingBytes: number;
  storedBytes: number;
  digests: number;
  /** True if deliveries or digests were removed to make room. */
  hasMadeRoom?: boolean;
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

/** A row of {@link KNOWN_DIGESTS}. */
export interface DigestRow {
  readonly channel: number;
  readonly digest: string;
  readonly receivedAt: number;
}

/** Query for the known digests among those of a group. */
export const KNOWN_DIGESTS = 'SELECT channel, digest, received_at AS "receivedAt" FROM digests WHERE digest = ANY($1)';
/** Query for the remembered states of the subjects of a group. */
export const KNOWN_SUBJECTS = `SELECT channel, model, subject_id AS "subjectId", seq, event_time AS "eventTime",
    received_at AS "receivedAt", burst_time AS "burstTime", burst_seq AS "burstSeq", earlier_seq AS "earlierSeq", earlier_time AS "earlierTime",
    has_ended AS "hasEnded"
  FROM subjects WHERE subject_id = ANY($1)`;

/** A row of {@link KNOWN_SUBJECTS}. */
export interface SubjectRow extends Omit<SubjectState, 'earlier'> {
  readonly channel: number;
  readonly model: string;
  readonly subjectId: string;
  readonly earlierSeq: number | null;
  readonly earlierTime: number | null;
}

/** Returns the digest of a delivery, as stored. */
export const digestText = ({ digest }: NewDelivery): string => Buffer.from(digest).toString('base64');

/** Returns the changes of digests. */
export function digestChanges(counted: readonly Counted[]): Change[] {
  const rowOf = ({ delivery, channel }: Counted): Value[] => [
    digestText(delivery),
    channel.key,
    delivery.receivedAt,
    delivery.content !== null || delivery.isConcern,
  ];
  const [keys, columns] = [
    ['digest', 'channel'],
    ['received_at', 'has_events'],
  ];
  return [
    {
      insert: 'digests',
      columns: [...keys, ...columns],
      rows: counted.filter(({ isRenewed }) => !isRenewed).map(rowOf),
    },
    { update: 'digests', keys, columns, rows: counted.filter(({ isRenewed }) => isRenewed).map(rowOf) },
  ];
}

/** Returns the changes of the subjects whose newest state is one of the given deliveries. */
export function subjectChanges(subjects: ReadonlyMap<string, SubjectState>, seqs: ReadonlySet<number>): Change[] {
  const rows = [...subjects]
    .filter(([, { seq }]) => seqs.has(seq))
    .map(([subject, { seq, eventTime, receivedAt, burstTime, burstSeq, earlier, hasEnded }]) => [
      ...(JSON.parse(subject) as [number, string, string]),
      ...[seq, eventTime, receivedAt, burstTime, burstSeq, earlier?.seq ?? null, earlier?.eventTime ?? null, hasEnded],
    ]);
  // The insertion leaves out subjects that exist, and the update finds no others.
  return [
    { insert: 'subjects', columns: [...SUBJECT_KEYS, ...SUBJECT_COLUMNS], rows },
    { update: 'subjects', keys: SUBJECT_KEYS, columns: SUBJECT_COLUMNS, rows },
  ];
}

/**
 * Returns the changes of the channels of a group.
 *
 * @param counted - the deliveries of the group whose arrival is recorded
 */
export function channelChanges(channels: readonly LockedChannel[], counted: readonly Counted[]): Change[] {
  const newestArrivals = new Map<LockedChannel, number>();
  for (const { channel, delivery } of counted) {
    newestArrivals.set(channel, Math.max(newestArrivals.get(channel) ?? 0, delivery.receivedAt));
    if (delivery.isAtOldUrl) channel.oldUrlEventAt = Math.max(channel.oldUrlEventAt ?? 0, delivery.receivedAt);
  }
  const changed = channels.filter((channel) => newestArrivals.has(channel) || channel.hasMadeRoom);
  const rowOf = (channel: LockedChannel): Value[] => {
    const { key, newestSeq, newestNumber, lastEventAt, oldUrlEventAt, waitingBytes, storedBytes, digests } = channel;
    const newest = Math.max(lastEventAt ?? 0, newestArrivals.get(channel) ?? 0) || null;
    return [key, newestSeq, newestNumber, newest, oldUrlEventAt, waitingBytes, storedBytes, digests];
  };
  const columns = [
    ...['newest_seq', 'newest_number', 'last_event_at', 'old_url_event_at'],
    ...['waiting_bytes', 'stored_bytes', 'digests'],
  ];
  const due = changed.filter(({ isDue }) => isDue);
  const others = changed.filter(({ isDue }) => !isDue);
  return [
    {
      update: 'channels',
      keys: ['key'],
      columns: [...columns, 'due_at'],
      rows: due.map((channel) => [...rowOf(channel), channel.dueAt]),
    },
    { update: 'channels', keys: ['key'], columns, rows: others.map(rowOf) },
  ];
}
