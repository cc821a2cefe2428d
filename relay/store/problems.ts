/**
 * The problems of channels, and the notices about them. Problems follow from the state of the store (`problem-rules.ts`)
 * and the table `problems`, which has the newest problem of each kind that notices have told of. A problem starts if it has
 * no row, or one that is over and at least an hour old. A change of a row has no effect if the row has changed since it was
 * read. Notices are deliveries with the number 0, which count towards no limit and expire after a day.
 */

import { selectsAction } from '../../wire/action-filter.ts';
import type { Verdict } from '../../wire/link-api.ts';
import { NOTICE_MS, noticeAction } from '../../wire/notice.ts';
import { isUnusualSilence } from '../../wire/silence.ts';
import { HOUR_MS } from '../clock.ts';
import { longestPauseOf } from './channels.ts';
import type { Database, Transaction } from './database.ts';
import { NO_STATES } from './memory.ts';
import { deliveryChanges, type SealedContent, type StoredDelivery } from './new-delivery.ts';
import { problemChanges, type ChannelHealth, type ProblemChange, type ProblemRow } from './problem-rules.ts';
import { selectStates, type Subscription } from './subscription.ts';

/** A notice, sealed for the Zaps that share a notice key. */
export interface SealedNotice extends Omit<SealedContent, 'sealKey'> {
  readonly id: string;
  readonly noticeKey: string;
}

/** A change with its notices. */
export type SealedChange = ProblemChange & { readonly notices: readonly SealedNotice[] };

type Listener = Pick<Subscription, 'key' | 'filter' | 'createdAt'> & { readonly noticeKey: string };

const LISTENERS = `SELECT key, filter, notice_key, created_at FROM subscriptions
  WHERE channel = $1 AND notice_key IS NOT NULL AND ended_at IS NULL ORDER BY key`;

const isToldOf = ({ kind }: ProblemChange, { filter }: Listener) => selectsAction(filter, noticeAction(kind));

/** Forgets the problems of a channel whose first Zap with notices is being turned on. It is told of those that exist. */
export async function startNotices({ all, run }: Transaction, channel: number): Promise<void> {
  if ((await all(LISTENERS, [channel])).length > 0) return;
  await run('DELETE FROM problems WHERE channel = $1', [channel]);
  await run('UPDATE subscriptions SET untold_dead = 0 WHERE channel = $1 AND untold_dead > 0', [channel]);
}

/** Changes a row of `problems`. Returns false if it is no longer the known row. */
async function changeRow(
  { run }: Transaction,
  channel: number,
  { subscription, kind, startedAt, known, isOver, told, notice }: ProblemChange,
  now: number,
): Promise<boolean> {
  const key = [channel, subscription, kind];
  const noticedAt = known && notice.state === 'over' ? known.noticedAt : now;
  const changed = known
    ? await run(
        `UPDATE problems SET started_at = $4, noticed_at = $5, is_over = $6
         WHERE channel = $1 AND subscription = $2 AND kind = $3 AND noticed_at = $7 AND is_over = $8`,
        [...key, startedAt, noticedAt, isOver, known.noticedAt, known.isOver],
      )
    : await run(
        `INSERT INTO problems (channel, subscription, kind, started_at, noticed_at, is_over)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (channel, subscription, kind) DO NOTHING`,
        [...key, startedAt, noticedAt, isOver],
      );
  if (changed > 0 && told > 0) {
    await run('UPDATE subscriptions SET untold_dead = untold_dead - $2 WHERE key = $1', [subscription, told]);
  }
  return changed > 0;
}

/** Creates the part of a store that finds problems and stores notices. */
export function createProblems(database: Database) {
  return {
    /** Records that a webhook of a channel was refused because of a limit. */
    noteRefusal: async (channel: string, now: number): Promise<void> => {
      const text = 'UPDATE channels SET refused_at = $2 WHERE channel = $1';
      await database.transaction(({ run }) => run(text, [channel, now]), { isDurable: false });
    },

    channelsWithNotices: async (): Promise<string[]> => {
      const text = `SELECT channel FROM channels WHERE deleted_at IS NULL AND key IN
        (SELECT channel FROM subscriptions WHERE notice_key IS NOT NULL AND ended_at IS NULL)`;
      return (await database.all<{ channel: string }>(text)).map(({ channel }) => channel);
    },

    /** Returns the changes of a channel's problems since the last notices, and the keys for their notices. */
    changedProblems: async (channel: string, now: number, failingMs = HOUR_MS / 2) => {
      type Row = Pick<ChannelHealth, 'createdAt' | 'lastEventAt' | 'refusedAt'> & { key: number; sealKey: Buffer };
      const columns = 'key, seal_key, created_at, last_event_at, refused_at';
      const [row] = await database.all<Row>(`SELECT ${columns} FROM channels WHERE channel = $1`, [channel]);
      if (!row) return null;
      const { key, sealKey } = row;
      const listeners = await database.all<Listener>(LISTENERS, [key]);
      const zaps = await selectStates(database, 'c.key = $1 AND s.notice_key IS NULL', [key]);
      const [link] = await database.all<{ verdict: Verdict }>(
        `SELECT verdict FROM console_links WHERE channel = $1 AND CAST(verdict AS text) <> 'null'
         ORDER BY expires_at DESC LIMIT 1`,
        [key],
      );
      const rows = await database.all<ProblemRow>(
        'SELECT subscription, kind, started_at, noticed_at, is_over FROM problems WHERE channel = $1',
        [key],
      );
      // The pauses of two weeks are read only after a silence that would be unusual without them, not in every pass.
      const maySilenceBeUnusual = isUnusualSilence(now - (row.lastEventAt ?? now), 0, now - row.createdAt);
      const health: ChannelHealth = {
        ...row,
        longestPauseMs: maySilenceBeUnusual ? await longestPauseOf(database, key, now) : null,
        verdict: link?.verdict ?? null,
        failingMs,
        watchedSince: Math.min(...listeners.map(({ createdAt }) => createdAt)),
        zaps,
      };
      const changes = problemChanges(health, rows, now).map((change) => {
        const told = listeners.filter((each) => isToldOf(change, each));
        return { ...change, noticeKeys: [...new Set(told.map(({ noticeKey }) => noticeKey))] };
      });
      return { sealKey, changes };
    },

    /** Records and returns changes with their notices, except changes that another process has recorded. */
    saveNotices: async (channel: string, changes: readonly SealedChange[], now: number): Promise<SealedChange[]> => {
      const { saved, isDue } = await database.transaction(async (transaction) => {
        const text = 'SELECT key, newest_seq, due_at FROM channels WHERE channel = $1 FOR UPDATE';
        const [row] = await transaction.all<{ key: number; newestSeq: number; dueAt: number | null }>(text, [channel]);
        const saved: SealedChange[] = [];
        if (!row) return { saved, isDue: false };
        for (const change of changes) if (await changeRow(transaction, row.key, change, now)) saved.push(change);
        const notices = saved.flatMap((change) => change.notices.map((notice) => ({ ...notice, change })));
        const together = await transaction.readTogether([{ text: LISTENERS, values: [row.key] }], notices.length);
        const listeners = together.rows[0] as readonly Listener[];
        const stored = notices.map(({ id, noticeKey, change, ...content }, index): StoredDelivery => {
          const columns = {
            ...{ seq: together.seqs[index] ?? 0, channel: row.key, number: 0, id, receivedAt: now },
            ...{ expiresAt: now + NOTICE_MS, actions: JSON.stringify([noticeAction(change.kind)]) },
            ...{ model: null, subjectId: null, eventTime: null, ...NO_STATES },
            ...{ isConcern: false, isRepeat: false, isRemembered: false, bytes: 0 },
          };
          const told = listeners.filter((each) => each.noticeKey === noticeKey && isToldOf(change, each));
          return { columns, content, subscriptions: told.map(({ key }) => key) };
        });
        const newestSeq = Math.max(row.newestSeq, ...together.seqs);
        const dueAt = Math.min(row.dueAt ?? together.now, together.now);
        await transaction.write([
          ...deliveryChanges(stored),
          { update: 'channels', keys: ['key'], rows: notices.length > 0 ? [{ key: row.key, newestSeq, dueAt }] : [] },
        ]);
        return { saved, isDue: notices.length > 0 };
      });
      if (isDue) database.onChange(channel, 'deliveries');
      return saved;
    },
  };
}
