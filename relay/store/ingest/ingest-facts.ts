/**
 * The facts that determine the decisions about a group of deliveries, read from channels that the transaction has
 * locked.
 */

import type { ActionFilter } from '../../../wire/action-filter.ts';
import { columns, raw, sql, type Sql, type Transaction } from '../database/database.ts';
import { hasSubject, MAX_BURST_MEMBERS, type SubjectState } from '../deliveries/earlier-states.ts';
import type { NewDelivery } from '../deliveries/new-delivery.ts';
import { SIGNATURE_COLUMNS } from '../rows/signature-check.ts';
import type { ColumnName, ReadRow } from '../database/row-types.ts';
import { digestKey, digestText } from './duplicates.ts';

const LOCKED_COLUMNS = [
  'key',
  'channel',
  'sealKey',
  'newestSeq',
  'newestNumber',
  'waitingBytes',
  'storedBytes',
  'digests',
  'oldUrlEventAt',
  'dueAt',
  'lastEventAt',
  'busySlots',
  'silenceCheckAt',
  'silentAt',
  'refusedAt',
  'problemsCheckAt',
  ...SIGNATURE_COLUMNS,
] as const satisfies ColumnName<'channels'>[];

/** A channel that the transaction has locked. */
export type LockedChannel = ReadRow<'channels', (typeof LOCKED_COLUMNS)[number]>;

const DIGEST_COLUMNS = ['channel', 'digest', 'receivedAt'] as const satisfies ColumnName<'digests'>[];

/** A digest of a channel, with the newest arrival of a delivery that has this digest. */
type DigestRow = ReadRow<'digests', (typeof DIGEST_COLUMNS)[number]>;

const SUBJECT_COLUMNS = [
  'channel',
  'model',
  'subjectId',
  'seq',
  'eventTime',
  'receivedAt',
  'burstTime',
  'burstSeq',
  'earlierSeq',
  'earlierTime',
  'hasEnded',
] as const satisfies ColumnName<'subjects'>[];

/** The newest state of a subject of a channel. */
export type SubjectRow = ReadRow<'subjects', (typeof SUBJECT_COLUMNS)[number]> & SubjectState;

/** The filter of a subscription, which selects the events that become sends. */
export interface FilterRow {
  readonly channel: number;
  readonly subscription: number;
  readonly filter: ActionFilter;
}

/** The state of the store that determines the decisions about a group of deliveries. */
export interface IngestFacts {
  /** The locked channels, by channel name. Unregistered channels are missing. */
  readonly channels: ReadonlyMap<string, LockedChannel>;
  /** The newest arrival of each known digest, by {@link digestKey}. */
  readonly digests: ReadonlyMap<string, number>;
  /** The newest state of each known subject, by {@link subjectKey}. */
  readonly subjects: ReadonlyMap<string, SubjectRow>;
  /** The filters of the subscriptions that receive webhooks, by channel key. */
  readonly filters: ReadonlyMap<number, readonly FilterRow[]>;
  /** New sequence numbers in ascending order, one for each delivery with content. */
  readonly seqs: readonly number[];
  /** Time on the database's clock. */
  readonly now: number;
}

/** Returns the key of a subject in {@link IngestFacts}. */
export const subjectKey = (channel: number, model: string, subjectId: string): string =>
  JSON.stringify([channel, model, subjectId]);

const digestsOf = (deliveries: readonly NewDelivery[]): Sql =>
  sql`SELECT ${columns(DIGEST_COLUMNS)} FROM digests WHERE digest = ANY(${deliveries.map(digestText)})`;

function subjectsOf(deliveries: readonly NewDelivery[]): Sql {
  const ids = new Set(deliveries.flatMap((delivery) => (hasSubject(delivery) ? [delivery.subjectId] : [])));
  return sql`
    SELECT ${columns(SUBJECT_COLUMNS)}, (SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE d.burst = subjects.burst_seq
        LIMIT ${raw(MAX_BURST_MEMBERS)}) AS b) AS burst_members
    FROM subjects WHERE subject_id = ANY(${[...ids]})`;
}

/** Indexes the rows of digests and subjects, which are the facts that the removal of older deliveries can change. */
const factsIn = (digests: readonly DigestRow[], subjects: readonly SubjectRow[]) => ({
  digests: new Map(digests.map((row) => [digestKey(row.channel, row.digest), row.receivedAt])),
  subjects: new Map(subjects.map((row) => [subjectKey(row.channel, row.model, row.subjectId), row])),
});

/** Locks the channels of deliveries, in the order of their keys. */
const lockChannels = ({ all }: Transaction, deliveries: readonly NewDelivery[]): Promise<LockedChannel[]> =>
  all<LockedChannel>(sql`
    SELECT ${columns(LOCKED_COLUMNS)} FROM channels
    WHERE channel = ANY(${[...new Set(deliveries.map(({ channel }) => channel))]}) ORDER BY key FOR UPDATE`);

/**
 * Locks the channels of deliveries, reads the facts, and allocates a sequence number for each delivery with content.
 */
export async function lockAndRead(transaction: Transaction, deliveries: readonly NewDelivery[]): Promise<IngestFacts> {
  const channels = await lockChannels(transaction, deliveries);
  const filters = sql`
    SELECT channel, key AS subscription, filter FROM subscriptions
    WHERE channel = ANY(${channels.map(({ key }) => key)}) AND ended_at IS NULL AND notice_key IS NULL ORDER BY key`;
  const { rows, seqs, now } = await transaction.readTogether(
    [digestsOf(deliveries), subjectsOf(deliveries), filters],
    deliveries.filter(({ content }) => content).length,
  );
  const [digestRows = [], subjectRows = [], filterRows = []] = rows as [DigestRow[]?, SubjectRow[]?, FilterRow[]?];
  return {
    ...factsIn(digestRows, subjectRows),
    channels: new Map(channels.map((each) => [each.channel, each])),
    filters: Map.groupBy(filterRows, ({ channel }) => channel),
    seqs,
    now,
  };
}

/** Reads the digests and the subjects again after rows were removed. */
export async function readAgain(
  transaction: Transaction,
  deliveries: readonly NewDelivery[],
): Promise<Pick<IngestFacts, 'digests' | 'subjects'>> {
  const { rows } = await transaction.readTogether([digestsOf(deliveries), subjectsOf(deliveries)], 0);
  const [digests = [], subjects = []] = rows as [DigestRow[]?, SubjectRow[]?];
  return factsIn(digests, subjects);
}
