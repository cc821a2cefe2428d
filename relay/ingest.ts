/** Durable storage of incoming deliveries. Deliveries that arrive at the same time share a transaction and its disk write. */

import { setTimeout as sleep } from 'node:timers/promises';

import { IngestQueue, type Queued } from './ingest-queue.ts';
import type { Ingested, NewDelivery } from './store/new-delivery.ts';
import type { Store } from './store/store.ts';

/** Time limit for storing a delivery. TutorCruncher waits 8 seconds for a response. */
export const INGEST_MS = 6_500;

/**
 * Time within which a store refuses a group because of a delivery or a locked channel: it waits for a connection, and for up
 * to 1 s for the row. A failing store takes longer.
 */
const REFUSED_WITHIN_MS = 3_000;

/**
 * Minimum time between the starts of two groups, unless enough deliveries are waiting. At 500 events per second to five Zaps,
 * a relay with SQLite takes 350 µs of CPU time per delivery, and 530 µs without this time, which stores most events alone.
 */
const GROUP_INTERVAL_MS = 10;
const ENOUGH_FOR_A_GROUP = 16;

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

/** Creates the ingest queue of a store. */
export function createIngest(store: Pick<Store, 'ingest'>): Ingest {
  const queue = new IngestQueue<QueuedDelivery>();
  let flushing: Promise<void> | null = null;
  /** Transactions that other groups do not wait for. */
  const separate = new Set<Promise<void>>();

  function storeSeparately(group: readonly QueuedDelivery[]): Promise<void> {
    const storing = storeGroup(group).finally(() => separate.delete(storing));
    separate.add(storing);
    return storing;
  }

  /** Stores a group, and reports the results. If the store refuses the group, its parts are stored separately. */
  async function storeGroup(group: readonly QueuedDelivery[]): Promise<void> {
    if (group.length === 0) return;
    const start = performance.now();
    try {
      const results = await store.ingest(group.map(({ delivery }) => delivery));
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result) resolve(result);
        else reject(new Error('The store returned too few results.'));
      });
    } catch (error) {
      const isRefused = performance.now() - start < REFUSED_WITHIN_MS;
      if (group.length > 1 && isRefused) await storeParts(group);
      else for (const { reject } of group) reject(error);
    }
  }

  /** Stores the channels of a group separately, or the deliveries of its only channel. */
  async function storeParts(group: readonly QueuedDelivery[]): Promise<void> {
    const channels = Map.groupBy(group, ({ delivery }) => delivery.channel);
    if (channels.size === 1) {
      for (const queued of group) await storeGroup([queued]);
      return;
    }
    // Another session may have locked one of the channels.
    for (const part of channels.values()) void storeSeparately(part);
  }

  async function flush(): Promise<void> {
    // Wait one turn of the event loop, so that deliveries that arrive in it join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const next = performance.now() + GROUP_INTERVAL_MS;
      await storeGroup(queue.takeSmall());
      const large = queue.takeLarge();
      if (large.length > 0) {
        void storeSeparately(large).then(() => {
          queue.endLarge();
        });
      }
      while (queue.smallCount < ENOUGH_FOR_A_GROUP && performance.now() < next) await sleep(1);
    }
    flushing = null;
  }

  return {
    add: (delivery, milliseconds = INGEST_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          // The sender retries a request that timed out, so its delivery is dropped from the queue. Storing it would
          // delay newer deliveries.
          queue.remove(queued);
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
        queue.push(queued);
        flushing ??= flush();
      }),
    idle: async () => {
      while (flushing || separate.size > 0) await Promise.all([flushing, ...separate]);
    },
  };
}
