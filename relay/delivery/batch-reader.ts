/** Reads the batches that a worker delivers. Reads the next batch while the current batch is being delivered. */

import type { Batch, ChannelFeed } from './channel-feed.ts';

/** Reads batches of one channel for one worker. */
export class BatchReader {
  readonly #feed: Pick<ChannelFeed, 'after' | 'mustRead'>;
  #prefetched: { readonly after: number; readonly batch: Promise<Batch> } | null = null;

  constructor(feed: Pick<ChannelFeed, 'after' | 'mustRead'>) {
    this.#feed = feed;
  }

  /**
   * Returns the batch after a sequence number.
   *
   * @throws if the store fails
   */
  after(seq: number): Batch | Promise<Batch> {
    const prefetched = this.#prefetched;
    this.#prefetched = null;
    return prefetched?.after === seq ? prefetched.batch : this.#feed.after(seq);
  }

  /**
   * Reads the batch after a sequence number in advance, unless it is in memory. If the read fails, it is repeated when
   * the batch is needed.
   */
  prefetch(seq: number): void {
    if (!this.#feed.mustRead(seq)) return;
    const prefetched = { after: seq, batch: Promise.resolve(this.#feed.after(seq)) };
    this.#prefetched = prefetched;
    prefetched.batch.catch(() => {
      if (this.#prefetched === prefetched) this.#prefetched = null;
    });
  }

  /** Frees the memory of a batch that was read in advance. */
  discard(): void {
    this.#prefetched = null;
  }
}
