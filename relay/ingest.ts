/**
 * Durable storage of incoming deliveries. Deliveries that arrive at the same time share a transaction and its disk
 * write. If another database session has locked a channel, the channel's deliveries leave the queue and wait for the
 * lock separately.
 */

import { IngestQueue, type Queued } from './ingest-queue.ts';
import { PacedCalls } from './paced-calls.ts';
import type { Ingested, NewDelivery } from './store/delivery.ts';
import type { Store } from './store/store.ts';

/** Time limit for storing a delivery. TutorCruncher waits 8 seconds for a response. */
export const INGEST_MS = 6_500;

/**
 * Maximum number of results reported per millisecond while deliveries are being sent to Zaps. Reporting a result sends a
 * response, and a busy sender then sends its next request. Reporting all results at once would therefore delay delivery: a
 * saturated process would make less than half as many deliveries.
 */
const RESULTS_BESIDE_DELIVERY = 6;

/**
 * Maximum time that the queue waits for the next deliveries of busy senders while it responds to them, and the share of
 * these deliveries that it waits for. A transaction of twice as many deliveries takes only a third longer. Without the
 * wait, half of the senders would wait for the transaction of the other half, which would reduce the throughput by a
 * tenth on SQLite and a fifth on PostgreSQL. A delivery that arrives alone does not wait.
 */
const GATHER_MS = 2;
const GATHERED_SHARE = 0.9;

/** A delivery that is waiting for a transaction. */
interface QueuedDelivery extends Queued {
  readonly resolve: (result: Ingested) => void;
  readonly reject: (error: unknown) => void;
}

/** Stores incoming deliveries in groups. */
export interface Ingest {
  /**
   * Stores a delivery. Resolves once it is durable.
   *
   * @param milliseconds - time limit; default: {@link INGEST_MS}
   * @throws {Error} if the store fails or does not respond in time
   */
  readonly add: (delivery: NewDelivery, milliseconds?: number) => Promise<Ingested>;
  /** Resolves when no delivery is queued. */
  readonly idle: () => Promise<void>;
}

/**
 * Creates the ingest queue of a store.
 *
 * @param isDelivering - returns true while deliveries are being sent to Zaps
 */
export function createIngest(store: Pick<Store, 'ingest'>, isDelivering: () => boolean = () => false): Ingest {
  const queue = new IngestQueue<QueuedDelivery>();
  let flushing: Promise<void> | null = null;
  /** The queues of locked channels. */
  const locked = new Map<string, IngestQueue<QueuedDelivery>>();
  const retrying = new Set<Promise<void>>();
  const reports = new PacedCalls(() => (isDelivering() ? RESULTS_BESIDE_DELIVERY : Infinity));

  /** Stores a group, and reports the results. */
  async function storeGroup(group: readonly QueuedDelivery[], onLocked: 'skip' | 'wait'): Promise<void> {
    try {
      const results = await store.ingest(
        group.map(({ delivery }) => delivery),
        onLocked,
      );
      const settled: (() => void)[] = [];
      group.forEach((queued, index) => {
        const result = results[index];
        if (result === 'locked') addToLocked(queued);
        else if (result)
          settled.push(() => {
            queued.resolve(result);
          });
        else
          settled.push(() => {
            queued.reject(new Error('The store returned too few results.'));
          });
      });
      reports.add(settled);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  function addToLocked(queued: QueuedDelivery): void {
    const { channel } = queued.delivery;
    const waiting = locked.get(channel);
    if (waiting) {
      waiting.push(queued);
      return;
    }
    const created = new IngestQueue<QueuedDelivery>();
    created.push(queued);
    const retry = retryLocked(channel, created);
    retrying.add(retry);
    void retry.finally(() => retrying.delete(retry));
  }

  async function retryLocked(channel: string, waiting: IngestQueue<QueuedDelivery>): Promise<void> {
    locked.set(channel, waiting);
    while (waiting.length > 0) await storeGroup(waiting.takeGroup(), 'wait');
    locked.delete(channel);
  }

  async function flush(): Promise<void> {
    // Wait one turn of the event loop, so that deliveries that arrive in it join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const group = queue.takeGroup();
      await storeGroup(group, 'skip');
      await queue.waitForLength(Math.floor(GATHERED_SHARE * (group.length + queue.length)), GATHER_MS);
    }
    flushing = null;
  }

  return {
    add: (delivery, milliseconds = INGEST_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          // The sender retries a request that timed out, so its delivery is dropped from the queue. Storing it would
          // delay newer deliveries.
          for (const waiting of [queue, locked.get(delivery.channel)]) waiting?.remove(queued);
          reject(new Error('The store did not respond in time.'));
        }, milliseconds);
        const queued: QueuedDelivery = {
          delivery,
          resolve: (result) => {
            clearTimeout(timer);
            resolve(result);
          },
          reject: (error) => {
            clearTimeout(timer);
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        };
        if (locked.has(delivery.channel)) {
          addToLocked(queued);
          return;
        }
        queue.push(queued);
        flushing ??= flush();
      }),
    idle: async () => {
      while (flushing || retrying.size > 0) await Promise.all([flushing, ...retrying]);
    },
  };
}
