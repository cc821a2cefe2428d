/** The contents of deliveries that are being sent, read once for all subscriptions of a channel. */

import { sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';

/** Maximum number of sealed bytes, for all channels of a process. Their envelopes and attempts in flight come on top. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Maximum number of deliveries that are read at once. */
const BATCH_SIZE = 100;

/** Caches deliveries by their sequence number. The deliveries that were read first are removed first. */
export class ContentCache {
  readonly #store: Pick<Store, 'deliveries'>;
  readonly #deliveries = new Map<number, Delivery>();
  readonly #reads = new Map<number, Promise<void>>();
  #bytes = 0;

  constructor(store: Pick<Store, 'deliveries'>) {
    this.#store = store;
  }

  /** Returns a delivery; null if it no longer exists. @param next - returns the deliveries that are needed next */
  async get(channel: number, seq: number, next: () => readonly number[]): Promise<Delivery | null> {
    const known = this.#deliveries.get(seq);
    if (known) return known;
    await (this.#reads.get(seq) ?? this.#read(channel, [seq, ...next()]));
    const delivery = this.#deliveries.get(seq);
    if (delivery) return delivery;
    // Another read has removed the delivery, or did not return it because of its size.
    const [read] = await this.#store.deliveries(channel, [seq]);
    return read ?? null;
  }

  /** Reads deliveries that are neither cached nor being read. */
  async #read(channel: number, seqs: readonly number[]): Promise<void> {
    const isMissing = (seq: number) => !this.#deliveries.has(seq) && !this.#reads.has(seq);
    const missing = [...new Set(seqs.filter(isMissing))].slice(0, BATCH_SIZE);
    const read = this.#store.deliveries(channel, missing).then((deliveries) => {
      for (const delivery of deliveries) this.#add(delivery);
    });
    for (const seq of missing) this.#reads.set(seq, read);
    try {
      await read;
    } finally {
      for (const seq of missing) this.#reads.delete(seq);
    }
  }

  #add(delivery: Delivery): void {
    this.#deliveries.set(delivery.seq, delivery);
    this.#bytes += sealedBytesIn(delivery);
    for (const [seq, oldest] of this.#deliveries) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#deliveries.delete(seq);
      this.#bytes -= sealedBytesIn(oldest);
    }
  }
}
