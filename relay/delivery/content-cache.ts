/** A cache of the deliveries that are being sent. All subscriptions of a channel share one read of a delivery. */

import { sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import type { Delivery } from '../store/deliveries/stored-delivery.ts';
import type { WaitingSend } from '../store/rows/send.ts';
import type { Store } from '../store/store.ts';

/**
 * Maximum number of cached sealed bytes, for all channels of a process. Envelopes and attempts in flight need
 * additional memory.
 */
const MAX_BYTES = 8 * 1024 * 1024;
/** Maximum number of deliveries that are read at once. */
const BATCH_SIZE = 100;

/** The cache that all attempts of a process share. */
export type ContentCache = ReturnType<typeof createContentCache>;

/** The sequence number and the id of a delivery whose content is needed. */
export type Needed = Pick<WaitingSend, 'seq' | 'deliveryId'>;

/**
 * Caches deliveries by channel and random id. A sequence number does not identify a delivery, because the database can
 * step back and give the number to another delivery. Deliveries are evicted in the order in which they were read.
 */
export function createContentCache(store: Pick<Store, 'deliveries'>) {
  const cached = new Map<string, Delivery>();
  const reads = new Map<string, Promise<void>>();
  let bytes = 0;

  const nameOf = (channel: number, deliveryId: string): string => `${channel} ${deliveryId}`;

  function add(name: string, delivery: Delivery): void {
    cached.set(name, delivery);
    bytes += sealedBytesIn(delivery);
    for (const [first, oldest] of cached) {
      if (bytes <= MAX_BYTES) return;
      cached.delete(first);
      bytes -= sealedBytesIn(oldest);
    }
  }

  /** Reads deliveries that are neither cached nor being read. */
  async function read(channel: number, needed: readonly Needed[]): Promise<void> {
    const seqs = new Map(needed.map(({ seq, deliveryId }) => [nameOf(channel, deliveryId), seq]));
    const missing = [...seqs].filter(([name]) => !cached.has(name) && !reads.has(name)).slice(0, BATCH_SIZE);
    const reading = store
      .deliveries(
        channel,
        missing.map(([, seq]) => seq),
      )
      .then((deliveries) => {
        for (const delivery of deliveries) add(nameOf(channel, delivery.id), delivery);
      });
    for (const [name] of missing) reads.set(name, reading);
    await reading.finally(() => {
      for (const [name] of missing) reads.delete(name);
    });
  }

  return {
    /** Returns a delivery; null if it no longer exists. @param next - returns the deliveries that are needed next */
    get: async (channel: number, needed: Needed, next: () => readonly Needed[]): Promise<Delivery | null> => {
      const { seq, deliveryId } = needed;
      const name = nameOf(channel, deliveryId);
      const known = cached.get(name);
      if (known) return known;
      await (reads.get(name) ?? read(channel, [needed, ...next()]));
      // Another read might have evicted the delivery, or the store might have left out the delivery because of its
      // size.
      const found = cached.get(name) ?? (await store.deliveries(channel, [seq]))[0];
      return found?.id === deliveryId ? found : null;
    },
  };
}
