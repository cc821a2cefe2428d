import { HOUR_MS } from '../../clock.ts';
import {
  columns,
  insertRows,
  join,
  raw,
  sql,
  updateRows,
  type Database,
  type Reader,
  type Sql,
  type Transaction,
} from '../database/database.ts';
import { lockHeld } from '../rows/locks.ts';
import { hasOwnSend, IS_PENDING, IS_SEPARATE, type ClaimId } from '../rows/send.ts';
import { selectSubscriptions, type Subscription } from '../rows/subscription.ts';
import type { ColumnName, ReadRow } from '../database/row-types.ts';

/** Milliseconds without a heartbeat after which other processes can claim the channels of a process. */
export const DEAD_AFTER_MS = 5_000;
/**
 * Maximum time by which a heartbeat can be ahead of the clock, in milliseconds. A heartbeat that is further ahead was
 * written before the clock was set back.
 */
export const MAX_HEARTBEAT_AHEAD_MS = 10_000;
/**
 * Milliseconds for which a heartbeat allows attempts and can be renewed. The time is shorter than {@link
 * DEAD_AFTER_MS}, so that a process stops sending before another process can claim its channels.
 */
export const HEARTBEAT_MS = 3_000;

const CLAIMED_COLUMNS = [
  'channel',
  'key',
  'claim',
  'newestSeq',
  'revision',
] as const satisfies ColumnName<'channels'>[];

/** A channel that a process has claimed. */
export interface ClaimedChannel extends ReadRow<'channels', (typeof CLAIMED_COLUMNS)[number]> {
  /** Number of the claim, which fences the writes of former claimants. */
  readonly claim: number;
  /** Counter that increases when a caller other than the claimant makes a send pending or changes a subscription. */
  readonly revision: number;
}

/** A channel that a process has just claimed. */
export interface ServedChannel extends ClaimedChannel {
  readonly subscriptions: readonly Subscription[];
}

/**
 * The longest back-off between two attempts. A stored time that is further ahead was written before a clock was set
 * back.
 */
export const MAX_BACK_OFF_MS = HOUR_MS;

const FORGOTTEN_AFTER_MS = 60_000;

/**
 * The reason why a heartbeat cannot be renewed. `too old` means that the heartbeat has expired. `stepped back` means
 * that the database was set back to an older state, in which the process's newest heartbeat is missing.
 */
export type HeartbeatFailure = 'too old' | 'stepped back';

/** Interval at which a process checks whether the claimants of other channels are alive. */
const LOOK_AGAIN_MS = 1_000;

/**
 * The ids of the processes that hold claims. The query looks up each process once in the index by claimant. A query
 * with DISTINCT would read all claims. PostgreSQL might also read all claims for `min()`.
 */
const CLAIMANTS = sql`
  claimants(id) AS (
    SELECT (SELECT claimed_by FROM channels WHERE claimed_by IS NOT NULL ORDER BY claimed_by LIMIT 1)
    UNION ALL
    SELECT (SELECT claimed_by FROM channels WHERE claimed_by > claimants.id ORDER BY claimed_by LIMIT 1)
    FROM claimants WHERE id IS NOT NULL)`;
const isAlive = (now: number): Sql => sql`EXISTS
  (SELECT 1 FROM processes p WHERE p.id = claimants.id
    AND p.heartbeat > ${now - DEAD_AFTER_MS} AND p.heartbeat <= ${now + MAX_HEARTBEAT_AHEAD_MS})`;
/**
 * Returns a condition for the channels of one claimant that has died. Once all of these channels are claimed, the
 * condition selects the channels of the next dead claimant. With a list of all dead claimants, PostgreSQL would compare
 * this list with every claim.
 */
export const isOrphan = (now: number): Sql => sql`claimed_by =
  (WITH RECURSIVE ${CLAIMANTS} SELECT min(id) FROM claimants WHERE NOT ${isAlive(now)})`;
/**
 * Returns conditions for the channels that can be claimed. Each condition uses an index, so that the claims of living
 * processes are not read.
 */
const freeChannels = (now: number): readonly Sql[] => [
  isOrphan(now),
  sql`claimed_by IS NULL AND due_at > ${now + MAX_BACK_OFF_MS}`,
  sql`claimed_by IS NULL AND due_at <= ${now}`,
];

async function dueTimes({ all }: Reader, channels: readonly number[], now: number): Promise<Map<number, number>> {
  interface Due {
    /** Key of the channel. */
    readonly channel: number;
    /** Time of the next attempt of a pending send; null if no attempt of a pending send is possible. */
    readonly attemptAt: number | null;
    /** Time of the next attempt of a separate send ({@link IS_SEPARATE}); null if no such attempt is possible. */
    readonly redriveAt: number | null;
    /** 1 if the claimant must act immediately; otherwise null. */
    readonly mustAct: number | null;
  }
  const rows = await all<Due>(sql`
    SELECT s.channel,
      min(CASE WHEN s.paused_at IS NULL AND ${hasOwnSend(IS_PENDING)} THEN s.next_attempt_at END) AS attempt_at,
      min(CASE WHEN s.paused_at IS NULL AND ${hasOwnSend(IS_SEPARATE)} THEN s.next_redrive_at END) AS redrive_at,
      max(CASE WHEN s.skip_seq IS NOT NULL
        OR (s.paused_at IS NULL AND s.outage_from IS NOT NULL AND s.failures = 0 AND s.refused_events = 0)
        THEN 1 END) AS must_act
    FROM subscriptions s WHERE s.channel = ANY(${channels}) AND s.ended_at IS NULL GROUP BY s.channel`);
  const dueOf = ({ attemptAt, redriveAt, mustAct }: Due): number =>
    mustAct === 1 ? now : Math.max(now, Math.min(attemptAt ?? Infinity, redriveAt ?? Infinity));
  return new Map(rows.map((row): [number, number] => [row.channel, dueOf(row)]).filter(([, due]) => due < Infinity));
}

/**
 * Creates the part of a store that claims channels for processes. The function is long because it contains many short
 * functions that share the database.
 */
export function createClaims(database: Database) {
  return {
    /**
     * Registers a process, or renews its heartbeat. Returns the time of the heartbeat, or the reason why the heartbeat
     * cannot be renewed. If the heartbeat cannot be renewed, the process must drop its claims.
     *
     * @param previous - the newest heartbeat that the process knows to be stored; null to register the process
     */
    heartbeat: async (process: string, previous: number | null): Promise<number | HeartbeatFailure> => {
      const now = await database.now();
      const isKept = previous === null ? sql`` : sql`AND heartbeat >= ${previous}`;
      return database.transaction(async ({ all, run, write }) => {
        await run(sql`DELETE FROM processes WHERE heartbeat < ${now - FORGOTTEN_AFTER_MS}`);
        if (previous === null) await write([insertRows('processes', [{ id: process, heartbeat: now }])]);
        const renewed = await run(sql`
          UPDATE processes SET heartbeat = ${now}
          WHERE id = ${process} AND heartbeat > ${now - HEARTBEAT_MS} ${isKept}`);
        if (renewed > 0) return now;
        const [row] = await all<{ heartbeat: number }>(sql`SELECT heartbeat FROM processes WHERE id = ${process}`);
        const oldest = row?.heartbeat ?? now - FORGOTTEN_AFTER_MS;
        return previous !== null && previous > oldest ? 'stepped back' : 'too old';
      });
    },

    /**
     * Returns the milliseconds until a process must look for channels to claim: 0 if a channel is due, and otherwise
     * the time until the next unclaimed channel is due, or infinity if no such channel exists. While another process
     * holds claims, the result is at most {@link LOOK_AGAIN_MS}.
     */
    dueInMs: async (process: string, now: number): Promise<number> => {
      const isFree = join(
        freeChannels(now).map((condition) => sql`EXISTS (SELECT 1 FROM channels WHERE ${condition})`),
        ' OR ',
      );
      const [row] = await database.all<{ next: number | null; other: string | null }>(sql`
        WITH RECURSIVE ${CLAIMANTS}
        SELECT CASE WHEN ${isFree} THEN ${now}
            ELSE (SELECT due_at FROM channels WHERE claimed_by IS NULL AND due_at IS NOT NULL ORDER BY due_at LIMIT 1) END
            AS next,
          (SELECT min(id) FROM claimants WHERE id <> ${process} AND ${isAlive(now)}) AS other`);
      const lookAgainIn = (row?.other ?? null) === null ? Infinity : LOOK_AGAIN_MS;
      return Math.min((row?.next ?? Infinity) - now, lookAgainIn);
    },

    /**
     * Claims channels that are due and that no living process has claimed. Returns these channels with their
     * subscriptions.
     */
    claim: async (process: string, limit: number): Promise<ServedChannel[]> => {
      const now = await database.now();
      // Claims in a database that is not shared need not be durable, because a power cut also ends the process that
      // holds the claims.
      const isDurable = database.isShared;
      const claimRows = (limit: number, lock: Sql) => async (transaction: Transaction) => {
        const free = freeChannels(now).map(
          (condition, index) => sql`SELECT key FROM
            (SELECT key FROM channels WHERE ${condition} ORDER BY due_at LIMIT ${raw(limit)} ${lock}) AS f${raw(index)}`,
        );
        const claims = await transaction.all<ClaimedChannel>(sql`
          UPDATE channels SET claimed_by = ${process}, claim = claim + 1
          WHERE key IN (${join(free, ' UNION ALL ')} LIMIT ${raw(limit)}) RETURNING ${columns(CLAIMED_COLUMNS)}`);
        if (claims.length === 0) return [];
        const keys = claims.map(({ key }) => key);
        const ofChannels = sql`s.channel = ANY(${keys}) AND s.ended_at IS NULL`;
        const subscriptions = Map.groupBy(await selectSubscriptions(transaction, ofChannels), ({ channel }) => channel);
        return claims.map((claim) => ({ ...claim, subscriptions: subscriptions.get(claim.channel) ?? [] }));
      };
      const rows = await database.transaction(claimRows(limit, sql`FOR UPDATE SKIP LOCKED`), { isDurable });
      if (rows.length > 0) return rows;
      // Under constant ingest, a channel could be locked at every attempt to claim it, so wait for the lock of the
      // channel that is due first. Waiting for more than one lock could cause a deadlock, because the order of due
      // times differs from the lock order.
      return database.transaction(claimRows(1, sql`FOR UPDATE`), { isDurable, isRepeated: false }).catch(() => []);
    },

    claimed: (process: string): Promise<ClaimedChannel[]> =>
      database.all<ClaimedChannel>(sql`SELECT ${columns(CLAIMED_COLUMNS)} FROM channels WHERE claimed_by = ${process}`),

    /** Ends claims, and sets the due times of their channels. Ignores lost claims. */
    giveBack: async (process: string, claims: readonly ClaimId[]): Promise<void> => {
      const now = await database.now();
      await database.transaction(async (transaction) => {
        const held = await lockHeld(transaction, process, claims);
        if (held.length === 0) return;
        // A separate statement sees the sends that other transactions committed before this transaction got the lock.
        const keys = held.map(({ channel }) => channel);
        const times = await dueTimes(transaction, keys, now);
        const rows = held.map(({ channel: key }) => ({ key, claimedBy: null, dueAt: times.get(key) ?? null }));
        await transaction.write([updateRows('channels', ['key'], rows)]);
      });
    },
  };
}
