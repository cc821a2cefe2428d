/**
 * Durable storage of incoming deliveries. Deliveries that arrive at the same time share a transaction, and therefore a
 * disk write.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import type { Ingested, NewDelivery } from '../store/deliveries/new-delivery.ts';
import type { Store } from '../store/store.ts';

/** Time limit for storing a delivery, in milliseconds. TutorCruncher waits 8 seconds for a response. */
export const INGEST_MS = 6_500;

/**
 * Maximum duration, in milliseconds, of a failed transaction that counts as the store's refusal of a group. A store
 * refuses a group because of a delivery in the group, or because of a locked channel. The store waits up to 2 s for a
 * connection and 0.5 s for the lock. A store that is down takes longer to fail.
 */
const REFUSED_WITHIN_MS = 3_000;

/**
 * Minimum time between the starts of two groups, in milliseconds, unless enough deliveries are waiting. At 500 events
 * per second to five Zaps, a relay with SQLite takes 350 µs of CPU time per delivery. Without the minimum time, the
 * relay would store most events in separate transactions, which takes 530 µs per delivery.
 */
const GROUP_INTERVAL_MS = 10;
const ENOUGH_FOR_A_GROUP = 16;
/** Maximum number of deliveries in a group. A larger group would delay the response to its first delivery. */
const MAX_GROUP = 200;
/** Maximum number of sealed bytes in a group. A delivery that exceeds this maximum forms its own group. */
const MAX_GROUP_BYTES = { small: 4 * 1024 * 1024, large: 1024 * 1024 };
/** Minimum size of a large delivery, in bytes. Most of TutorCruncher's deliveries are a few kilobytes in size. */
const LARGE_BYTES = 64 * 1024;

/** A delivery that is waiting for a transaction. */
interface QueuedDelivery {
  readonly delivery: NewDelivery;
  /** The timer that ends the wait at the time limit. */
  readonly timer: NodeJS.Timeout;
  readonly resolve: (result: Ingested) => void;
  readonly reject: (error: unknown) => void;
}

const bytesOf = ({ content }: NewDelivery): number => content?.sealed.length ?? 0;

/**
 * Returns the first deliveries that fit in one transaction. Returns at least one delivery, unless the queue is empty.
 */
function firstGroup(queued: readonly QueuedDelivery[], maxBytes: number): readonly QueuedDelivery[] {
  let bytes = 0;
  const end = queued.findIndex(({ delivery }, index) => {
    bytes += bytesOf(delivery);
    return index > 0 && (index >= MAX_GROUP || bytes > maxBytes);
  });
  return end < 0 ? queued : queued.slice(0, end);
}

/** Stores incoming deliveries in groups. */
export type IngestQueue = ReturnType<typeof createIngestQueue>;

/**
 * Creates the ingest queue of a store. The function is long because its steps, from `add` to `storeTogether`, share the
 * waiting deliveries.
 */
export function createIngestQueue(store: Pick<Store, 'ingest'>) {
  /** The deliveries that wait for a transaction, in the order of arrival. */
  const waiting = new Set<QueuedDelivery>();
  /** The large deliveries that are being stored. */
  let storing: readonly QueuedDelivery[] = [];
  let flushing: Promise<void> | null = null;
  /** Transactions that other groups do not wait for. */
  const separate = new Set<Promise<void>>();

  /**
   * Divides the waiting deliveries by size, so that small deliveries do not wait for large deliveries of other
   * channels. A small delivery behind a large delivery of its own channel counts as large, because the deliveries of a
   * channel stay in order.
   */
  function waitingBySize() {
    const behind = new Set(storing.map(({ delivery }) => delivery.channel));
    return Map.groupBy(waiting, ({ delivery }) => {
      const isLarge = bytesOf(delivery) >= LARGE_BYTES || behind.has(delivery.channel);
      if (isLarge) behind.add(delivery.channel);
      return isLarge ? 'large' : 'small';
    });
  }

  /** Removes and returns the deliveries of the next transaction. */
  function takeGroup(size: 'small' | 'large'): readonly QueuedDelivery[] {
    const group = firstGroup(waitingBySize().get(size) ?? [], MAX_GROUP_BYTES[size]);
    for (const queued of group) waiting.delete(queued);
    return group;
  }

  function storeSeparately(group: readonly QueuedDelivery[]): Promise<void> {
    const stored = storeTogether(group).finally(() => separate.delete(stored));
    separate.add(stored);
    return stored;
  }

  /**
   * Stores a group, and reports the results. If the store refuses a group of several deliveries, stores its parts
   * separately.
   */
  async function storeTogether(group: readonly QueuedDelivery[]): Promise<void> {
    if (group.length === 0) return;
    const start = performance.now();
    try {
      const results = await store.ingest(group.map(({ delivery }) => delivery));
      group.forEach(({ timer, resolve, reject }, index) => {
        clearTimeout(timer);
        const result = results[index];
        if (result) resolve(result);
        else reject(new Error('The store returned too few results.'));
      });
    } catch (error) {
      const isRefused = performance.now() - start < REFUSED_WITHIN_MS;
      if (group.length > 1 && isRefused) await storeParts(group);
      else {
        for (const { timer, reject } of group) {
          clearTimeout(timer);
          reject(error);
        }
      }
    }
  }

  /**
   * Stores the parts of a refused group separately: by channel, or as single deliveries if the group has only one
   * channel.
   */
  async function storeParts(group: readonly QueuedDelivery[]): Promise<void> {
    const channels = Map.groupBy(group, ({ delivery }) => delivery.channel);
    if (channels.size === 1) {
      for (const queued of group) await storeTogether([queued]);
      return;
    }
    // Another database session might have locked one of the channels, so the channels do not wait for each other.
    for (const part of channels.values()) void storeSeparately(part);
  }

  async function flush(): Promise<void> {
    // The wait lasts one turn of the event loop, so that deliveries that arrive in this turn join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.size > 0) {
      const next = performance.now() + GROUP_INTERVAL_MS;
      await storeTogether(takeGroup('small'));
      if (storing.length === 0) {
        storing = takeGroup('large');
        if (storing.length > 0) {
          void storeSeparately(storing).then(() => {
            storing = [];
          });
        }
      }
      const hasEnough = () => (waitingBySize().get('small')?.length ?? 0) >= ENOUGH_FOR_A_GROUP;
      while (!hasEnough() && performance.now() < next) await sleep(1);
    }
    flushing = null;
  }

  return {
    /**
     * Stores a delivery. Resolves once the delivery is durable.
     *
     * @param milliseconds - time limit
     * @throws {Error} if the store fails or does not respond in time
     */
    add: (delivery: NewDelivery, milliseconds = INGEST_MS): Promise<Ingested> => {
      const { promise, resolve, reject } = Promise.withResolvers<Ingested>();
      const timer = setTimeout(() => {
        // The sender retries a request that timed out, so the queue drops its delivery. Storing the delivery would
        // delay newer deliveries.
        waiting.delete(queued);
        reject(new Error('The store did not respond in time.'));
      }, milliseconds);
      const queued = { delivery, timer, resolve, reject };
      waiting.add(queued);
      flushing ??= flush();
      return promise;
    },

    /** Resolves when no delivery is queued or being stored. */
    idle: async (): Promise<void> => {
      while (flushing || separate.size > 0) await Promise.all([flushing, ...separate]);
    },
  };
}
