/** The contents of deliveries that are being sent, read once for all subscriptions of a channel. */

import { sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';

/** Maximum number of sealed bytes, for all channels of a process. Their envelopes and attempts in flight come on top. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Maximum number of deliveries that are read at once. */
const BATCH_SIZE = 100;

/** The cache of a process. */
export type ContentCache = ReturnType<typeof createContentCache>;

/** Caches deliveries by their sequence number. The deliveries that were read first are removed first. */
export function createContentCache(store: Pick<Store, 'deliveries'>) {
  const cached = new Map<number, Delivery>();
  const reads = new Map<number, Promise<void>>();
  let bytes = 0;

  function add(delivery: Delivery): void {
    cached.set(delivery.seq, delivery);
    bytes += sealedBytesIn(delivery);
    for (const [seq, oldest] of cached) {
      if (bytes <= MAX_BYTES) return;
      cached.delete(seq);
      bytes -= sealedBytesIn(oldest);
    }
  }

  /** Reads deliveries that are neither cached nor being read. */
  async function read(channel: number, seqs: readonly number[]): Promise<void> {
    const isMissing = (seq: number) => !cached.has(seq) && !reads.has(seq);
    const missing = [...new Set(seqs.filter(isMissing))].slice(0, BATCH_SIZE);
    const reading = store.deliveries(channel, missing).then((deliveries) => {
      deliveries.forEach(add);
    });
    for (const seq of missing) reads.set(seq, reading);
    await reading.finally(() => {
      for (const seq of missing) reads.delete(seq);
    });
  }

  return {
    /** Returns a delivery; null if it no longer exists. @param next - returns the deliveries that are needed next */
    get: async (channel: number, seq: number, next: () => readonly number[]): Promise<Delivery | null> => {
      const known = cached.get(seq);
      if (known) return known;
      await (reads.get(seq) ?? read(channel, [seq, ...next()]));
      // Another read may have removed the delivery, or did not return it because of its size.
      return cached.get(seq) ?? (await store.deliveries(channel, [seq]))[0] ?? null;
    },
  };
}
