/** Claims of channels by processes. */

import { HOUR_MS } from '../clock.ts';
import type { Database, Reader, Transaction } from './database.ts';
import { IS_PENDING, IS_SEPARATE, type ClaimId } from './send.ts';

/** Milliseconds without a heartbeat after which other processes may claim the channels of a process. */
export const DEAD_AFTER_MS = 5_000;
/**
 * Milliseconds after which a heartbeat is too old to be renewed, and for which it allows attempts. It is shorter than
 * {@link DEAD_AFTER_MS}, so that a process stops before another process starts.
 */
export const HEARTBEAT_MS = 3_000;

/** A channel that a process has claimed. */
export interface ClaimedChannel {
  readonly channel: string;
  readonly key: number;
  /** Number of the claim, which fences the writes of former claimants. */
  readonly claim: number;
  /** Sequence number of the newest delivery. */
  readonly newestSeq: number;
  /** Counter that increases when anyone else makes a send pending or changes a subscription. */
  readonly revision: number;
}

/** The longest delay between two attempts. A later stored time is from before a clock was set back. */
export const MAX_SCHEDULE_MS = HOUR_MS;

/** Milliseconds after which the row of a dead process is deleted. */
const FORGOTTEN_AFTER_MS = 60_000;

/** Interval at which a process checks whether the claimants of other channels are alive. */
const LOOK_AGAIN_MS = 1_000;

const CLAIMED_COLUMNS = 'channel, key, claim, newest_seq, revision';

/** A condition for channels that are due ($1 is now) and that no living process has claimed ($2 is the oldest heartbeat). */
const IS_FREE = `(due_at <= $1 OR due_at > $1 + ${MAX_SCHEDULE_MS})
  AND (claimed_by IS NULL OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = claimed_by AND p.heartbeat > $2))`;

interface DueRow {
  readonly channel: number;
  readonly attemptAt: number | null;
  readonly redriveAt: number | null;
  readonly mustAct: number | null;
}

/** Locks the channels of claims. Returns the claims that are not lost. */
export async function lockHeld<Id extends ClaimId>(
  { all }: Transaction,
  process: string,
  claims: readonly Id[],
): Promise<Id[]> {
  const locked = await all<{ key: number; claim: number }>(
    'SELECT key, claim FROM channels WHERE key = ANY($1) AND claimed_by = $2 ORDER BY key FOR UPDATE',
    [claims.map(({ channel }) => channel), process],
  );
  return claims.filter(({ channel, claim }) => locked.some((row) => row.key === channel && row.claim === claim));
}

/** Returns the times at which channels with work are next due. */
async function dueTimes({ all }: Reader, channels: readonly number[], now: number): Promise<Map<number, number>> {
  const waiting = (condition: string) => `EXISTS (SELECT 1 FROM sends w WHERE w.subscription = s.key AND ${condition})`;
  const rows = await all<DueRow>(
    `SELECT s.channel,
       min(CASE WHEN s.paused_at IS NULL AND ${waiting(IS_PENDING)} THEN s.next_attempt_at END) AS attempt_at,
       min(CASE WHEN s.paused_at IS NULL AND ${waiting(IS_SEPARATE)} THEN s.next_redrive_at END) AS redrive_at,
       max(CASE WHEN s.skip_seq IS NOT NULL
         OR (s.paused_at IS NULL AND s.outage_from IS NOT NULL AND s.failures = 0 AND s.refused_events = 0)
         THEN 1 END) AS must_act
     FROM subscriptions s WHERE s.channel = ANY($1) AND s.ended_at IS NULL GROUP BY s.channel`,
    [channels],
  );
  const times = rows.map(({ channel, attemptAt, redriveAt, mustAct }) => {
    const due = mustAct === 1 ? 0 : Math.min(attemptAt ?? Infinity, redriveAt ?? Infinity);
    return [channel, Math.max(due, now)] as const;
  });
  return new Map(times.filter(([, due]) => due < Infinity));
}

/** Creates the part of a store that handles claims. */
export function createClaims(database: Database) {
  return {
    /**
     * Renews the heartbeat of a process, or registers the process under a UUID that is new at each start. Returns false if the
     * last heartbeat is older than {@link HEARTBEAT_MS}: the process must then drop its claims and continue with a new UUID.
     */
    heartbeat: async (process: string, isNew: boolean): Promise<boolean> => {
      const now = await database.now();
      return database.transaction(async ({ run, write }) => {
        await run('DELETE FROM processes WHERE heartbeat < $1', [now - FORGOTTEN_AFTER_MS]);
        if (isNew) await write([{ insert: 'processes', rows: [{ id: process, heartbeat: now }] }]);
        const text = 'UPDATE processes SET heartbeat = $1 WHERE id = $2 AND heartbeat > $3';
        return (await run(text, [now, process, now - HEARTBEAT_MS])) > 0;
      });
    },

    /** Returns the milliseconds until a channel may be due for a process: 0 if one is due, infinity if none is scheduled. */
    dueInMs: async (process: string, now: number): Promise<number> => {
      const [row] = await database.all<{ next: number | null }>(
        `SELECT min(CASE WHEN ${IS_FREE} THEN $1 WHEN claimed_by IS NULL THEN due_at
           WHEN claimed_by <> $3 THEN $1 + ${LOOK_AGAIN_MS} END) AS next
         FROM channels WHERE due_at IS NOT NULL`,
        [now, now - DEAD_AFTER_MS, process],
      );
      return (row?.next ?? Infinity) - now;
    },

    /** Claims channels that are due and that no living process has claimed. */
    claim: async (process: string, limit: number): Promise<ClaimedChannel[]> => {
      const now = await database.now();
      const claimRows =
        (limit: number, lock: string) =>
        ({ all }: Transaction) =>
          all<ClaimedChannel>(
            `UPDATE channels SET claimed_by = $3, claim = claim + 1 WHERE key IN
               (SELECT key FROM channels WHERE ${IS_FREE} ORDER BY due_at LIMIT $4 ${lock}) RETURNING ${CLAIMED_COLUMNS}`,
            [now, now - DEAD_AFTER_MS, process, limit],
          );
      const rows = await database.transaction(claimRows(limit, 'FOR UPDATE SKIP LOCKED'));
      if (rows.length > 0) return rows;
      // Constant ingest could hold a channel's lock at each claim, so a locked channel is waited for. It is a single one,
      // because the order in which channels are due is not the order of locks.
      return database.transaction(claimRows(1, 'FOR UPDATE'), { isRepeated: false }).catch(() => []);
    },

    /** Returns the channels that are claimed by a process. */
    claimed: (process: string): Promise<ClaimedChannel[]> =>
      database.all<ClaimedChannel>(`SELECT ${CLAIMED_COLUMNS} FROM channels WHERE claimed_by = $1`, [process]),

    /** Ends claims, and sets the times at which the channels are due. Ignores claims that are lost. */
    giveBack: async (process: string, claims: readonly ClaimId[]): Promise<void> => {
      const now = await database.now();
      await database.transaction(async (transaction) => {
        const held = await lockHeld(transaction, process, claims);
        if (held.length === 0) return;
        // A statement of its own sees the sends that others committed before the lock.
        const keys = held.map(({ channel }) => channel);
        const times = await dueTimes(transaction, keys, now);
        const rows = held.map(({ channel: key }) => ({ key, claimedBy: null, dueAt: times.get(key) ?? null }));
        await transaction.write([{ update: 'channels', keys: ['key'], rows }]);
      });
    },
  };
}
