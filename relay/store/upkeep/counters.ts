/**
 * The counters in the rows of channels: `stored_bytes`, `waiting_bytes` and `digests`. Each transaction changes a
 * counter together with the counted rows. A counter that is too high could make a channel refuse every event, so a
 * recount compares the counters with the rows from time to time.
 */

import { raw, sql, type Database, type ReadDatabase, type Reader } from '../database/database.ts';
import { lockChannelsOf } from '../rows/locks.ts';
import { hasSend, IS_WAITING_BY_DELIVERY } from '../rows/send.ts';

/** The counters of a channel, or the excess of its counters over its rows. */
export interface Counters {
  readonly storedBytes: number;
  readonly waitingBytes: number;
  readonly digests: number;
}

/**
 * Sizes of some deliveries of a channel, in bytes, and the sequence number of the last of these deliveries. The
 * sequence number is null if no delivery was counted.
 */
interface CountedRows {
  readonly stored: number;
  readonly waiting: number;
  readonly last: number | null;
}

/** Maximum number of rows that one statement counts. */
const COUNT_BATCH = 5_000;

async function countDeliveries({ all }: Reader, channel: number): Promise<Omit<Counters, 'digests'>> {
  let [storedBytes, waitingBytes] = [0, 0];
  for (let last: number | null = 0; last !== null;) {
    const [row]: CountedRows[] = await all<CountedRows>(sql`
      SELECT CAST(coalesce(sum(bytes), 0) AS bigint) AS stored, max(seq) AS last,
        CAST(coalesce(sum(CASE WHEN is_waiting THEN bytes END), 0) AS bigint) AS waiting
      FROM (SELECT d.seq, d.bytes, ${hasSend(IS_WAITING_BY_DELIVERY)} AS is_waiting FROM deliveries d
        WHERE d.channel = ${channel} AND d.seq > ${last} ORDER BY d.seq LIMIT ${raw(COUNT_BATCH)}) AS counted`);
    storedBytes += row?.stored ?? 0;
    waitingBytes += row?.waiting ?? 0;
    last = row?.last ?? null;
  }
  return { storedBytes, waitingBytes };
}

async function countDigests({ all }: Reader, channel: number): Promise<number> {
  let digests = 0;
  for (let from: number | null = 0; from !== null;) {
    const [end]: { readonly at: number }[] = await all<{ at: number }>(sql`
      SELECT received_at AS at FROM digests WHERE channel = ${channel} AND received_at >= ${from}
      ORDER BY received_at LIMIT 1 OFFSET ${raw(COUNT_BATCH)}`);
    // Each step ends at a millisecond boundary, so that all digests of a millisecond are counted together.
    const before: number | null = end ? Math.max(end.at, from + 1) : null;
    const isBefore = before === null ? sql`` : sql`AND received_at < ${before}`;
    const [row] = await all<{ count: number }>(
      sql`SELECT count(*) AS count FROM digests WHERE channel = ${channel} AND received_at >= ${from} ${isBefore}`,
    );
    digests += row?.count ?? 0;
    from = before;
  }
  return digests;
}

/** Creates the queries that compare counters with the counted rows. */
export const createCounts = (database: ReadDatabase) => ({
  /** Returns the channel with the next higher key; null after the last channel. */
  channelAfter: async (after: number): Promise<{ readonly key: number; readonly channel: string } | null> =>
    (
      await database.all<{ key: number; channel: string }>(
        sql`SELECT key, channel FROM channels WHERE key > ${after} AND deleted_at IS NULL ORDER BY key LIMIT 1`,
      )
    )[0] ?? null,

  /**
   * Counts the rows of a channel. Returns the excess of each counter over the count; null if the counters are correct
   * or the channel does not exist. The counters and the rows are read in the same state, without a lock. Later changes
   * affect the counters and the rows alike, so the excess stays the same.
   */
  counterExcess: (key: number): Promise<Counters | null> =>
    database.snapshot(async (reader) => {
      const [row] = await reader.all<Counters>(sql`
        SELECT stored_bytes, waiting_bytes, digests FROM channels WHERE key = ${key} AND deleted_at IS NULL`);
      if (!row) return null;
      const { storedBytes, waitingBytes } = await countDeliveries(reader, key);
      const excess: Counters = {
        storedBytes: row.storedBytes - storedBytes,
        waitingBytes: row.waitingBytes - waitingBytes,
        digests: row.digests - (await countDigests(reader, key)),
      };
      return Object.values(excess).every((difference) => difference === 0) ? null : excess;
    }),
});

/** Creates the part of a store that corrects counters. */
export const createCounters = (database: Database) => ({
  /** Subtracts the excess from the counters of a channel. */
  correctCounters: (key: number, excess: Counters): Promise<void> =>
    database.transaction(async (transaction) => {
      await lockChannelsOf(transaction, [{ channel: key }]);
      await transaction.run(sql`
        UPDATE channels SET stored_bytes = stored_bytes - ${excess.storedBytes},
          waiting_bytes = waiting_bytes - ${excess.waitingBytes}, digests = digests - ${excess.digests}
        WHERE key = ${key}`);
    }),
});
