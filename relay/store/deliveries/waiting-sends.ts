import { flag, raw, sql, type Database, type Sql } from '../database/database.ts';
import { readDeliveries, type Delivery } from './stored-delivery.ts';
import {
  IS_PENDING,
  IS_SEPARATE,
  IS_REDRIVEN,
  IS_SET_ASIDE,
  SEND_STATES,
  type Arrival,
  type WaitingSend,
} from '../rows/send.ts';

/**
 * Maximum size of the sealed contents in a batch of deliveries, in bytes. Only a batch with a single delivery can be
 * larger, up to 10 MB.
 */
export const MAX_BATCH_BYTES = 1024 * 1024;
/** Orders sends by the number of their newest attempt, so that no send waits behind a send that always fails. */
const REDRIVE_ORDER = sql`
  (SELECT max(a.number) FROM attempts a WHERE a.seq = w.seq AND a.subscription = w.subscription), w.seq`;

/** Creates the part of a store that reads deliveries and waiting sends. */
export function createWaitingSends(database: Database) {
  const sends = (subscription: number, condition: Sql): Promise<WaitingSend[]> =>
    database.all<WaitingSend>(sql`
      SELECT w.seq, d.id AS delivery_id, d.number, d.received_at, w.is_sent_again, ${flag('isSetAside', IS_SET_ASIDE)}
      FROM sends w JOIN deliveries d ON d.seq = w.seq WHERE w.subscription = ${subscription} AND ${condition}`);

  return {
    /** Returns the pending sends of a channel after a sequence number, in ascending order. */
    arrivals: (channel: number, afterSeq: number, limit: number): Promise<Arrival[]> =>
      database.all<Arrival>(sql`
        SELECT w.seq, d.id AS delivery_id, d.number, d.received_at, w.subscription FROM deliveries d JOIN sends w ON w.seq = d.seq
        WHERE d.channel = ${channel} AND d.seq > ${afterSeq} AND w.seq > ${afterSeq} AND w.state = ${raw(SEND_STATES.pending)}
        ORDER BY d.seq LIMIT ${limit}`),

    /** Returns the pending sends of a subscription after a sequence number, oldest first. */
    pending: (subscription: number, afterSeq: number, limit: number): Promise<WaitingSend[]> =>
      sends(subscription, sql`${IS_PENDING} AND w.seq > ${afterSeq} ORDER BY w.seq LIMIT ${limit}`),

    /** Returns true if at least one send of a subscription is set aside. */
    hasSetAside: async (subscription: number): Promise<boolean> =>
      (await sends(subscription, sql`${IS_SET_ASIDE} LIMIT 1`)).length > 0,

    /**
     * Returns sends of a subscription that are redriven or set aside. Sends that have not failed since they were
     * redriven come first.
     */
    redriven: async (subscription: number, limit: number): Promise<WaitingSend[]> => {
      // Use two statements, because a single statement would sort all redriven sends for each batch. The first
      // statement reads in index order, and omits sends that are set aside, because these sends have failed.
      const first = await sends(subscription, sql`${IS_REDRIVEN} AND w.failure IS NULL ORDER BY w.seq LIMIT ${limit}`);
      if (first.length === limit) return first;
      const failed = sql`${IS_SEPARATE} AND w.failure IS NOT NULL ORDER BY ${REDRIVE_ORDER}`;
      return [...first, ...(await sends(subscription, sql`${failed} LIMIT ${limit - first.length}`))];
    },

    /** Returns the ids of the deliveries with the given sequence numbers. Omits numbers without a delivery. */
    deliveryIds: (seqs: readonly number[]) =>
      database.all<Pick<WaitingSend, 'seq' | 'deliveryId'>>(
        sql`SELECT seq, id AS delivery_id FROM deliveries WHERE seq = ANY(${seqs})`,
      ),

    /**
     * Returns deliveries in the order of their sequence numbers. The list ends before the contents exceed {@link
     * MAX_BATCH_BYTES}, but always contains the first delivery.
     */
    deliveries: (channel: number, seqs: readonly number[]): Promise<Delivery[]> =>
      readDeliveries(database, sql`d.channel = ${channel} AND d.seq = ANY(${seqs}) ORDER BY d.seq`, MAX_BATCH_BYTES),
  };
}
