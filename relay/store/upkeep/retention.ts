/**
 * Retention of deliveries. A delivery and its sends expire once the retention period has ended and no send waits or is
 * a dead letter. A delivery that later events are compared with is then kept without its sends.
 */

import { HOUR_MS } from '../../clock.ts';
import { RHYTHM_HOURS } from '../problems/silence-rule.ts';
import { flag, raw, sql, updateRows, type Database, type Sql, type Transaction } from '../database/database.ts';
import { lockChannelsOf } from '../rows/locks.ts';
import {
  deleteChannelStep,
  deleteDeliveries,
  deleteSendsOf,
  expireEarlier,
  IS_IN_USE,
  DELIVERY_BATCH,
  ROW_BATCH,
  seqsOf,
} from '../rows/deletion.ts';
import { settleDeliveries } from '../outcomes/results.ts';
import { IS_DELIVERED, IS_PENDING, SEND_STATES } from '../rows/send.ts';
import type { StoreOptions } from '../store-options.ts';

/** Time for which a repeat of a delivery is recognized, in milliseconds. */
const DIGEST_MS = 30 * 24 * HOUR_MS;
/** Time for which an unused data key is kept, in milliseconds. A process seals deliveries with a data key for a day. */
const DATA_KEY_MS = 25 * HOUR_MS;
/** Maximum number of channels that can fail in a pass before the pass fails. */
const MAX_FAILED_CHANNELS = 10;

/** A delivery whose retention period may have ended. */
interface DueDelivery {
  readonly seq: number;
  /** Key of the channel. */
  readonly channel: number;
  readonly receivedAt: number;
  /** End of the last send; null if the delivery has no sends. */
  readonly endedAt: number | null;
  /** Time until which a send keeps the delivery from expiring; null if no send keeps the delivery. */
  readonly keptUntil: number | null;
  readonly isNotice: boolean;
}

const OF_SUBSCRIPTION = sql`SELECT 1 FROM subscriptions s WHERE s.key = w.subscription`;

/**
 * Deletes the sends that must not keep their deliveries from expiring: expired dead letters, separate sends that have
 * waited too long, and pending sends that remain because ending their subscription was interrupted.
 */
async function deleteSends(transaction: Transaction, seqs: readonly number[], deadSince: number): Promise<void> {
  const deleted = await transaction.all<{ seq: number; state: number }>(sql`
    DELETE FROM sends AS w WHERE w.seq = ANY(${seqs}) AND (
      (${IS_PENDING} AND NOT EXISTS (${OF_SUBSCRIPTION} AND s.ended_at IS NULL))
      OR (NOT (${IS_PENDING}) AND NOT ${IS_DELIVERED} AND w.ended_at <= ${deadSince}
        AND NOT EXISTS (${OF_SUBSCRIPTION} AND s.paused_at IS NOT NULL)))
    RETURNING seq, state`);
  const waiting = new Set(seqsOf(deleted.filter(({ state }) => state !== SEND_STATES.dead)));
  await settleDeliveries(transaction, [...waiting]);
  const dead = new Set(seqsOf(deleted).filter((seq) => !waiting.has(seq)));
  await settleDeliveries(transaction, [...dead], false);
}

/** A delivery that is kept for comparison. */
interface RememberedDelivery {
  readonly seq: number;
  readonly receivedAt: number;
  /** True if the delivery was already kept only for comparison. */
  readonly wasRemembered: boolean;
}

/** Returns the expired deliveries that are still needed for comparison with stored or future deliveries. */
const comparedDeliveries = ({ all }: Transaction, expired: readonly DueDelivery[], since: number) =>
  all<RememberedDelivery>(sql`
    SELECT d.seq, d.received_at, d.is_remembered AS was_remembered FROM deliveries d
    WHERE d.seq = ANY(${seqsOf(expired)}) AND d.received_at > ${since} AND NOT d.is_concern AND (
      EXISTS (SELECT 1 FROM deliveries l WHERE l.earlier_seq = d.seq AND NOT l.is_remembered)
      OR EXISTS (SELECT 1 FROM deliveries l
        WHERE l.burst = coalesce(d.burst, d.seq) AND l.seq > d.seq AND NOT l.is_remembered)
      OR EXISTS (SELECT 1 FROM subjects j WHERE j.channel = d.channel AND j.model = d.model
        AND j.subject_id = d.subject_id AND j.seq = d.seq AND NOT j.has_ended))`);

/** Keeps deliveries without their sends, because other deliveries are compared with them. */
async function remember(
  transaction: Transaction,
  remembered: readonly RememberedDelivery[],
  earlierStateMs: number,
): Promise<void> {
  await deleteSendsOf(transaction, seqsOf(remembered));
  const rows = remembered.map(({ seq, receivedAt }) => ({
    seq,
    isRemembered: true,
    expiresAt: receivedAt + earlierStateMs,
  }));
  await transaction.write([updateRows('deliveries', ['seq'], rows)]);
  // The earlier deliveries of a newly remembered delivery may have been kept only to be compared with this delivery.
  await expireEarlier(transaction, seqsOf(remembered.filter(({ wasRemembered }) => !wasRemembered)));
}

/** Deletes deliveries of locked channels, and subtracts their bytes from the sizes of the channels. */
async function deleteExpired(transaction: Transaction, expired: readonly DueDelivery[]): Promise<void> {
  for (const [channel, deliveries] of Map.groupBy(expired, (delivery) => delivery.channel)) {
    const bytes = await deleteDeliveries(transaction, channel, seqsOf(deliveries));
    await transaction.run(sql`UPDATE channels SET stored_bytes = stored_bytes - ${bytes} WHERE key = ${channel}`);
  }
}

/**
 * Returns the deliveries that are due to expire, with the time until which a send keeps each delivery. Waiting sends,
 * and sends of a paused Zap, are checked again every hour.
 */
const dueDeliveries = ({ all }: Transaction, seqs: readonly number[], now: number, deadLetterMs: number) =>
  all<DueDelivery>(sql`
    SELECT d.seq, d.channel, d.received_at, ${flag('isNotice', sql`d.number = 0`)}, max(w.ended_at) AS ended_at,
      max(CASE WHEN ${IS_DELIVERED}
          OR (${IS_PENDING} AND (s.key IS NULL OR s.ended_at IS NOT NULL)) THEN NULL
        WHEN (${IS_PENDING}) OR s.paused_at IS NOT NULL THEN ${now + HOUR_MS}
        ELSE w.ended_at + ${deadLetterMs} END) AS kept_until
    FROM deliveries d LEFT JOIN sends w ON w.seq = d.seq LEFT JOIN subscriptions s ON s.key = w.subscription
    WHERE d.seq = ANY(${seqs}) AND d.expires_at <= ${now}
    GROUP BY d.seq, d.channel, d.received_at, d.number`);

/** Returns the time when a delivery expires, or the time of its next check if a send keeps the delivery. */
function expiryOf({ isNotice, receivedAt, endedAt, keptUntil }: DueDelivery, now: number, bodyMs: number): number {
  if (isNotice) return 0;
  if (keptUntil !== null && keptUntil > now) return Math.min(keptUntil, now + 24 * HOUR_MS);
  return Math.max(receivedAt, endedAt ?? 0) + bodyMs;
}

/** A delivery or digest that has expired. */
interface Candidate {
  readonly channel: number;
}

/**
 * Creates the part of a store that deletes expired data. The function is long because it contains the steps of a pass,
 * which share the channels that have failed in the pass.
 */
export function createRetention(database: Database, { bodyMs, deadLetterMs, earlierStateMs }: StoreOptions) {
  /** Errors of the channels whose steps have failed in this pass, by key. The pass skips these channels. */
  const failures = new Map<number, unknown>();
  const isIncluded = (channel: string): Sql => sql`NOT ${raw(channel)} = ANY(${[...failures.keys()]})`;

  /**
   * Skips a channel for the rest of this pass.
   *
   * @throws if so many channels have failed that the database itself must be the cause
   */
  function leaveOut(channel: number, error: unknown): void {
    failures.set(channel, error);
    if (failures.size > MAX_FAILED_CHANNELS) throw error;
  }

  /**
   * Runs a step for all rows at once. If the step fails, runs it for the rows of each channel, so that a failing
   * channel does not stop other channels.
   */
  async function forChannels<Row extends Candidate>(
    rows: readonly Row[],
    step: (transaction: Transaction, rows: readonly Row[]) => Promise<void>,
  ): Promise<void> {
    if (rows.length === 0) return;
    const run = (part: readonly Row[]) =>
      database.transaction(async (transaction) => {
        await lockChannelsOf(transaction, part);
        await step(transaction, part);
      });
    try {
      await run(rows);
    } catch {
      for (const [channel, part] of Map.groupBy(rows, (row) => row.channel))
        await run(part).catch((error: unknown) => {
          leaveOut(channel, error);
        });
    }
  }

  /** Keeps or deletes the deliveries that are due, in one step. Returns the number of due deliveries. */
  async function retainDeliveries(now: number): Promise<number> {
    const candidates = await database.all<Candidate & { readonly seq: number }>(sql`
      SELECT seq, channel FROM deliveries WHERE expires_at <= ${now} AND ${isIncluded('channel')}
      ORDER BY expires_at LIMIT ${raw(DELIVERY_BATCH)}`);
    await forChannels(candidates, async (transaction, rows) => {
      const due = await dueDeliveries(transaction, seqsOf(rows), now, deadLetterMs);
      await deleteSends(transaction, seqsOf(due), now - deadLetterMs);
      const ends = due.map((delivery) => ({ delivery, expiresAt: expiryOf(delivery, now, bodyMs) }));
      const later = ends.filter(({ expiresAt }) => expiresAt > now);
      const rowsOfLater = later.map(({ delivery, expiresAt }) => ({ seq: delivery.seq, expiresAt }));
      await transaction.write([updateRows('deliveries', ['seq'], rowsOfLater)]);
      const expired = ends.filter(({ expiresAt }) => expiresAt <= now).map(({ delivery }) => delivery);
      const remembered = await comparedDeliveries(transaction, expired, now - earlierStateMs);
      if (remembered.length > 0) await remember(transaction, remembered, earlierStateMs);
      const kept = new Set(seqsOf(remembered));
      await deleteExpired(
        transaction,
        expired.filter(({ seq }) => !kept.has(seq)),
      );
    });
    return candidates.length;
  }

  /** Deletes data of one deleted channel in one step. Returns true if more deleted data may exist. */
  async function deleteChannels(): Promise<boolean> {
    const [row] = await database.all<{ key: number }>(
      sql`SELECT key FROM channels WHERE deleted_at IS NOT NULL AND ${isIncluded('key')} LIMIT 1`,
    );
    if (!row) return false;
    await deleteChannelStep(database, row.key).catch((error: unknown) => {
      leaveOut(row.key, error);
    });
    return true;
  }

  /** Deletes expired digests in one step. Returns true if more expired digests may exist. */
  async function deleteDigests(now: number): Promise<boolean> {
    const isOld = sql`d.received_at < ${now - DIGEST_MS}`;
    const digests = await database.all<Candidate & { readonly digest: string }>(sql`
      SELECT d.channel, d.digest FROM digests d
      WHERE ${isOld} AND ${isIncluded('d.channel')} LIMIT ${raw(ROW_BATCH)}`);
    await forChannels(digests, async ({ run }, rows) => {
      for (const [channel, own] of Map.groupBy(rows, (row) => row.channel)) {
        const names = own.map(({ digest }) => digest);
        // A repeat that was stored in the meantime renews the time of its digest.
        const count = await run(
          sql`DELETE FROM digests AS d WHERE channel = ${channel} AND digest = ANY(${names}) AND ${isOld}`,
        );
        await run(sql`UPDATE channels SET digests = digests - ${count} WHERE key = ${channel}`);
      }
    });
    return digests.length === ROW_BATCH;
  }

  /** Deletes unused data keys and settles used data keys in one step. Returns true if more keys may be due. */
  async function settleDataKeys(now: number): Promise<boolean> {
    const isDue = sql`NOT is_settled AND created_at <= ${now - DATA_KEY_MS}`;
    const keys = await database.all<Candidate & { readonly keyId: string }>(sql`
      SELECT channel, key_id FROM data_keys WHERE ${isDue} AND ${isIncluded('channel')} LIMIT ${raw(ROW_BATCH)}`);
    // The lock keeps another transaction from deleting the last delivery of a key at the same time.
    await forChannels(keys, async ({ run }, rows) => {
      const isOne = sql`${isDue} AND key_id = ANY(${rows.map(({ keyId }) => keyId)})
        AND channel = ANY(${rows.map(({ channel }) => channel)})`;
      await run(sql`DELETE FROM data_keys WHERE ${isOne} AND NOT ${IS_IN_USE}`);
      await run(sql`UPDATE data_keys SET is_settled = true WHERE ${isOne}`);
    });
    return keys.length === ROW_BATCH;
  }

  /** Deletes expired rows that need no lock, because no decision depends on these rows. */
  async function deleteRest(now: number): Promise<void> {
    const databaseNow = await database.now();
    await database.transaction(async ({ all, run }) => {
      await run(sql`DELETE FROM console_links WHERE expires_at <= ${databaseNow}`);
      await run(sql`
        DELETE FROM busy_hours WHERE (channel, hour) IN (SELECT channel, hour FROM busy_hours
          WHERE hour < ${Math.floor(now / HOUR_MS) - RHYTHM_HOURS} LIMIT ${raw(ROW_BATCH)})`);
      const forgotten = await all<{ channel: number; key: number }>(sql`
        DELETE FROM subscriptions WHERE ended_at <= ${now - Math.max(bodyMs, deadLetterMs)} RETURNING channel, key`);
      for (const { channel, key } of forgotten) {
        await run(sql`DELETE FROM problems WHERE channel = ${channel} AND subscription = ${key}`);
      }
    });
  }

  /** Deletes expired data in one step. Returns true if more expired data may exist. */
  async function step(now: number): Promise<boolean> {
    const deliveries = await retainDeliveries(now);
    // The step may have ended comparisons, which makes remembered deliveries due.
    if (deliveries > 0 || (await deleteChannels())) return true;
    if ((await deleteDigests(now)) || (await settleDataKeys(now))) return true;
    await deleteRest(now);
    return false;
  }

  return {
    /**
     * Deletes expired data and the data of deleted channels in one step. Returns true if more data may be due. A
     * channel whose step fails does not stop other channels.
     *
     * @throws after everything else is deleted, if the steps of a channel have failed
     */
    retain: async (now: number): Promise<boolean> => {
      try {
        if (await step(now)) return true;
      } catch (error) {
        failures.clear();
        throw error;
      }
      const [failure] = failures.values();
      const hasFailed = failures.size > 0;
      failures.clear();
      if (hasFailed) throw failure;
      return false;
    },
  };
}
