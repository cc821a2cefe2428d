/**
 * The problems of channels, and the notices about them. Problems are derived from the state of the store
 * (`problem-rules.ts`) and from the table `problems`, which contains the newest reported problem of each kind. A
 * problem can start if it has no row, or if its row is marked as over and is at least an hour old. A change to a row
 * has no effect if the row has changed since it was read. Notices are deliveries with the number 0, which count towards
 * no limit and expire after a day.
 */

import { isDeepStrictEqual } from 'node:util';

import { selectsAction } from '../../../wire/action-filter.ts';
import { NOTICE_MS, noticeAction, type ProblemKind } from '../../../wire/notice.ts';
import { HOUR_MS } from '../../clock.ts';
import type { Refusal } from '../../refusal-reasons.ts';
import {
  columns,
  insertRows,
  raw,
  sql,
  updateRows,
  type Database,
  type Sql,
  type Transaction,
} from '../database/database.ts';
import { deliveryChanges, type SealedContent, type DeliveryToStore } from '../deliveries/new-delivery.ts';
import {
  FAILING_MS,
  knownRow,
  MAX_CHECK_MS,
  nextChangeAt,
  PROBLEM_COLUMNS,
  problemChanges,
  type ChannelHealth,
  type ProblemChange,
  type ProblemRow,
} from './problem-rules.ts';
import type { WrittenRow } from '../database/row-types.ts';
import { SIGNATURE_COLUMNS } from '../rows/signature-check.ts';
import { withFewNotices } from './shared-notices.ts';
import { selectWithCounts, type Subscription } from '../rows/subscription.ts';

/** Maximum number of channels that one step checks. */
const MAX_CHANNELS = 100;

/** A notice, sealed for the Zaps that share a notice key. */
export interface SealedNotice extends Omit<SealedContent, 'sealKey'> {
  readonly id: string;
  readonly noticeKey: string;
}

/** A change to a problem, with the sealed notices about the change. */
export type SealedChange = ProblemChange & { readonly notices: readonly SealedNotice[] };

type Listener = Pick<Subscription, 'key' | 'filter' | 'createdAt'> & { readonly noticeKey: string };

/**
 * The reasons for refusals because of a limit. These refusals make the channel's Zaps miss events. Other refusals do
 * not count as a problem, because anyone can cause them.
 */
const LIMITS: ReadonlySet<Refusal> = new Set<Refusal>(['full', 'rate_limited']);

const listenersOf = (channel: number): Sql => sql`
  SELECT key, filter, notice_key, created_at FROM subscriptions
  WHERE channel = ${channel} AND notice_key IS NOT NULL AND ended_at IS NULL ORDER BY key`;

const problemsOf = (channel: number): Sql =>
  sql`SELECT ${columns(PROBLEM_COLUMNS)} FROM problems WHERE channel = ${channel}`;

const isRecipientOf = ({ kind }: ProblemChange, { filter }: Listener) => selectsAction(filter, noticeAction(kind));

/**
 * Forgets the problems of a channel whose first Zap with notices is being turned on. Problems that still exist then
 * start again and are reported to the Zap.
 */
export async function startNotices({ all, run }: Transaction, channel: number): Promise<void> {
  if ((await all(listenersOf(channel))).length > 0) return;
  await run(sql`DELETE FROM problems WHERE channel = ${channel}`);
  await run(sql`UPDATE subscriptions SET untold_dead = 0 WHERE channel = ${channel} AND untold_dead > 0`);
}

/**
 * Returns the changes that no other process has recorded. If changes share a notice, returns either all changes or
 * none.
 */
function unrecorded(changes: readonly SealedChange[], rows: readonly ProblemRow[]): SealedChange[] {
  const current = changes.filter((change) => isDeepStrictEqual(knownRow(rows, change), change.known));
  const sharesNotice = changes.some(({ notice }) => notice === null);
  return sharesNotice && current.length < changes.length ? [] : current;
}

/** Subtracts the given-up events that notices report from the number of given-up events that no notice has reported. */
async function subtractReported({ run }: Transaction, changes: readonly SealedChange[]): Promise<void> {
  for (const { subscription, reportedDeadLetters } of changes) {
    const update = sql`UPDATE subscriptions SET untold_dead = untold_dead - ${reportedDeadLetters} WHERE key = ${subscription}`;
    if (reportedDeadLetters > 0) await run(update);
  }
}

/** Returns the row of a problem after a change. The time of the start notice is kept until the problem is over. */
const problemRow = (change: SealedChange, channel: number, now: number): WrittenRow<'problems'> => ({
  channel,
  subscription: change.subscription,
  kind: change.kind,
  startedAt: change.startedAt,
  noticedAt: change.known?.isOver === false ? change.known.noticedAt : now,
  isOver: change.isOver,
});

/** Returns the columns of a notice about a kind of problem. A notice is a delivery with the number 0 and the size 0. */
const noticeColumns = (kind: ProblemKind, id: string, now: number) => ({
  number: 0,
  id,
  receivedAt: now,
  expiresAt: now + NOTICE_MS,
  actions: JSON.stringify([noticeAction(kind)]),
  isConcern: false,
  isRepeat: false,
  isRemembered: false,
  bytes: 0,
});

/** Records changes with their notices in a transaction. `isDue` is true if notices must be sent. */
async function save(transaction: Transaction, channel: string, changes: readonly SealedChange[], now: number) {
  const [row] = await transaction.all<{ key: number; newestSeq: number; dueAt: number | null }>(
    sql`SELECT key, newest_seq, due_at FROM channels WHERE channel = ${channel} FOR UPDATE`,
  );
  if (!row) return { saved: [], isDue: false };
  const saved = unrecorded(changes, await transaction.all<ProblemRow>(problemsOf(row.key)));
  await subtractReported(transaction, saved);
  const notices = saved.flatMap((change) => change.notices.map((notice) => ({ ...notice, change })));
  const together = await transaction.readTogether([listenersOf(row.key)], notices.length);
  const listeners = together.rows[0] as readonly Listener[];
  const deliveries = notices.map(({ id, noticeKey, change, ...content }, index): DeliveryToStore => {
    const recipients = listeners.filter((each) => each.noticeKey === noticeKey && isRecipientOf(change, each));
    return {
      columns: { seq: together.seqs[index] ?? 0, channel: row.key, ...noticeColumns(change.kind, id, now) },
      content,
      subscriptions: recipients.map(({ key }) => key),
    };
  });
  const problems = saved.map((change) => problemRow(change, row.key, now));
  const newestSeq = Math.max(row.newestSeq, ...together.seqs);
  const dueAt = Math.min(row.dueAt ?? together.now, together.now);
  await transaction.write([
    insertRows('problems', problems, ['channel', 'subscription', 'kind']),
    ...deliveryChanges(deliveries),
    updateRows('channels', ['key'], notices.length > 0 ? [{ key: row.key, newestSeq, dueAt }] : []),
  ]);
  return { saved, isDue: notices.length > 0 };
}

/**
 * Creates the part of a store that finds problems and stores notices. The function is long because it contains many
 * short functions that share the database, in the order in which a process calls them.
 */
export function createProblems(database: Database) {
  return {
    /**
     * Records that a webhook of a channel was refused. A refusal because of a limit makes the channel due for a problem
     * check. Any refused webhook with a signature ends a silence, and postpones the next check for a silence by an
     * hour.
     */
    saveRefusal: async (channel: string, reason: Refusal, now: number): Promise<void> => {
      const limit = sql`, refused_at = ${now}, problems_check_at = 0`;
      const arrival = sql`, silent_at = NULL, silence_check_at =
        CASE WHEN last_event_at IS NULL THEN silence_check_at ELSE ${now + HOUR_MS} END`;
      const update = sql`
        UPDATE channels SET last_refusal_at = ${now}, last_refusal = ${reason}
          ${LIMITS.has(reason) ? limit : sql``}${reason === 'unsigned' ? sql`` : arrival}
        WHERE channel = ${channel}`;
      await database.transaction(({ run }) => run(update), { isDurable: false });
    },

    /**
     * Returns up to {@link MAX_CHANNELS} channels whose problems may have started or ended. Each channel is due again
     * after `retryMs`, unless {@link problemsChecked} sets a different time.
     */
    channelsToCheck: async (now: number, retryMs: number): Promise<string[]> => {
      // A time that lies further ahead was stored before a clock was set back.
      const isDue = sql`(problems_check_at <= ${now} OR problems_check_at > ${now + MAX_CHECK_MS})`;
      return database.transaction(
        async ({ all }) => {
          const rows = await all<{ channel: string }>(sql`
            UPDATE channels SET problems_check_at = ${now + retryMs} WHERE key IN
              (SELECT key FROM channels WHERE ${isDue} AND deleted_at IS NULL
               ORDER BY key LIMIT ${raw(MAX_CHANNELS)} FOR UPDATE SKIP LOCKED)
            RETURNING channel`);
          return rows.map(({ channel }) => channel);
        },
        { isDurable: false },
      );
    },

    /** Sets the time of the next check of a channel, unless the channel has changed since {@link channelsToCheck}. */
    problemsChecked: async (channel: string, nextAt: number | null, now: number, retryMs: number): Promise<void> => {
      const update = sql`
        UPDATE channels SET problems_check_at = ${nextAt}
        WHERE channel = ${channel} AND problems_check_at = ${now + retryMs}`;
      await database.transaction(({ run }) => run(update), { isDurable: false });
    },

    /**
     * Returns the changes to a channel's problems since the last notices, with the keys for their notices; null if the
     * channel does not exist. `nextAt` is the time from which other changes can follow without an event; null if no
     * such time is known, or if no Zap receives notices.
     */
    changedProblems: async (channel: string, now: number, failingMs = FAILING_MS) => {
      type Row = Omit<ChannelHealth, 'watchedSince' | 'failingMs' | 'zaps'> & { key: number; sealKey: Buffer };
      const [row] = await database.all<Row>(
        sql`
          SELECT key, seal_key, last_event_at, silent_at, refused_at, ${columns(SIGNATURE_COLUMNS)}
          FROM channels WHERE channel = ${channel}`,
      );
      if (!row) return null;
      const { key, sealKey } = row;
      const listeners = await database.all<Listener, 'noticeKey'>(listenersOf(key));
      if (listeners.length === 0) return { sealKey, changes: [], nextAt: null };
      const zaps = await selectWithCounts(database, sql`c.key = ${key} AND s.notice_key IS NULL`);
      const rows = await database.all<ProblemRow>(problemsOf(key));
      const health: ChannelHealth = {
        ...row,
        failingMs,
        watchedSince: Math.min(...listeners.map(({ createdAt }) => createdAt)),
        zaps,
      };
      const changes = withFewNotices(problemChanges(health, rows, now)).map((change) => {
        const recipients = change.notice === null ? [] : listeners.filter((each) => isRecipientOf(change, each));
        return { ...change, noticeKeys: [...new Set(recipients.map(({ noticeKey }) => noticeKey))] };
      });
      return { sealKey, changes, nextAt: nextChangeAt(health, rows, now) };
    },

    /**
     * Records changes with their notices, except changes that another process has recorded. Returns the recorded
     * changes. If one notice reports several changes, either all or none of these changes are recorded.
     */
    saveNotices: async (channel: string, changes: readonly SealedChange[], now: number): Promise<SealedChange[]> => {
      const { saved, isDue } = await database.transaction((transaction) => save(transaction, channel, changes, now));
      if (isDue) database.onChange(channel, 'deliveries');
      return saved;
    },
  };
}
