/** The deliveries of a channel, read once for all its subscriptions. */

import { sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import type { Delivery } from '../store/delivery.ts';
import { MAX_BATCH_BYTES, type Store } from '../store/store.ts';

/** Maximum number of deliveries in a batch. */
export const BATCH_SIZE = 100;
/**
 * Minimum size of the first batch, and of a batch that is read at least {@link LASTING_MS} after the previous batch.
 * The actual size is up to 50% larger, at random, so that channels that start at the same time do not always read at
 * the same time.
 */
export const SMALL_BATCH_SIZE = 16;
/**
 * A batch that is read sooner is twice as large as the previous batch, up to {@link BATCH_SIZE}. Small batches save
 * memory when many targets are slow, and large batches need fewer reads when targets are fast.
 */
const LASTING_MS = 1_000;
/** Maximum number of deliveries in the window, which serves subscriptions that are slightly behind. */
const MAX_WINDOW_SIZE = 4 * BATCH_SIZE;
/**
 * Maximum number of cached batches, which serve subscriptions that are far behind. Such subscriptions tend to be
 * equally far behind.
 */
const MAX_CACHED_BATCHES = 2;

/** Consecutive deliveries of a channel. */
export interface Batch {
  readonly deliveries: readonly Delivery[];
  /** The batch contains all deliveries of the channel up to this sequence number. */
  readonly upTo: number;
}

/** A read of new deliveries. */
export interface NewDeliveries {
  readonly deliveries: readonly Delivery[];
  /** True if the read stopped at a limit, so that the store may hold more new deliveries. */
  readonly hasMore: boolean;
}

/** Reads a channel's deliveries in order and caches them: the newest in a window, older ones in a few batches. */
export class ChannelFeed {
  readonly #store: Pick<Store, 'deliveriesAfter'>;
  readonly #channel: string;
  readonly #now: () => number;
  #head: number;
  /** All deliveries after `#windowFrom`, up to the head. */
  #window: Delivery[] = [];
  #windowFrom: number;
  #windowBytes = 0;
  /** Batches by the sequence number that they start after, in the order of their reads. */
  readonly #batches = new Map<number, Promise<Batch>>();
  #batchSize: number;
  readonly #smallBatchSize: number;
  #batchReadAt = -Infinity;

  /**
   * Creates a feed with an empty window.
   *
   * @param head - the sequence number of the channel's newest delivery
   * @param now - returns the time in milliseconds
   * @param random - returns a random number from 0 to 1
   */
  constructor(
    store: Pick<Store, 'deliveriesAfter'>,
    channel: string,
    head: number,
    now: () => number,
    random: () => number,
  ) {
    this.#smallBatchSize = Math.floor(SMALL_BATCH_SIZE * (1 + random() / 2));
    this.#batchSize = this.#smallBatchSize;
    this.#store = store;
    this.#channel = channel;
    this.#now = now;
    this.#head = head;
    this.#windowFrom = head;
  }

  /** The sequence number of the newest delivery read so far. */
  get head(): number {
    return this.#head;
  }

  /**
   * Reads the deliveries after the head and moves the head past them. Calls must not overlap.
   *
   * @throws if the store fails
   */
  async advance(): Promise<NewDeliveries> {
    const deliveries = await this.#store.deliveriesAfter(this.#channel, this.#head, BATCH_SIZE);
    const bytes = deliveries.reduce((sum, delivery) => sum + sealedBytesIn(delivery), 0);
    this.#window.push(...deliveries);
    this.#windowBytes += bytes;
    this.#head = deliveries.at(-1)?.seq ?? this.#head;
    this.#trimWindow();
    return { deliveries, hasMore: deliveries.length >= BATCH_SIZE || bytes >= MAX_BATCH_BYTES };
  }

  /** Moves the head past deliveries that no worker reads. Calls must not overlap with {@link ChannelFeed.advance}. */
  skipTo(seq: number): void {
    this.#head = Math.max(this.#head, seq);
    this.clear();
  }

  /** Returns true if {@link ChannelFeed.after} would wait for the store. */
  mustRead(seq: number): boolean {
    return seq < this.#windowFrom;
  }

  /**
   * Returns the deliveries after a sequence number, in order. The batch is empty if no delivery follows up to the head.
   *
   * @throws if the store fails
   */
  after(seq: number): Batch | Promise<Batch> {
    if (!this.mustRead(seq)) {
      const start = this.#window.findIndex((delivery) => delivery.seq > seq);
      const deliveries = start < 0 ? [] : this.#window.slice(start, start + BATCH_SIZE);
      return { deliveries, upTo: deliveries.at(-1)?.seq ?? this.#head };
    }
    const cached = this.#batches.get(seq);
    if (cached) return cached;
    const batch = this.#read(seq);
    this.#batches.set(seq, batch);
    batch.catch(() => this.#batches.delete(seq));
    // Many channels may be behind if their targets are slow. A second cached batch for each would take too much memory.
    const limit = this.#batchSize > this.#smallBatchSize ? MAX_CACHED_BATCHES : 1;
    for (const oldest of this.#batches.keys()) if (this.#batches.size > limit) this.#batches.delete(oldest);
    return batch;
  }

  async #read(seq: number): Promise<Batch> {
    // The head before the read. The result may lack deliveries that arrive during the read.
    const head = this.#head;
    const now = this.#now();
    const isLasting = now - this.#batchReadAt >= LASTING_MS;
    this.#batchSize = isLasting ? this.#smallBatchSize : Math.min(BATCH_SIZE, 2 * this.#batchSize);
    this.#batchReadAt = now;
    const deliveries = await this.#store.deliveriesAfter(this.#channel, seq, this.#batchSize);
    return { deliveries, upTo: deliveries.at(-1)?.seq ?? head };
  }

  /** Empties the window and the cache. */
  clear(): void {
    this.#window = [];
    this.#windowFrom = this.#head;
    this.#windowBytes = 0;
    this.#batches.clear();
  }

  #trimWindow(): void {
    let count = Math.max(0, this.#window.length - MAX_WINDOW_SIZE);
    for (const [index, delivery] of this.#window.entries()) {
      if (index >= count && this.#windowBytes <= MAX_BATCH_BYTES) break;
      this.#windowBytes -= sealedBytesIn(delivery);
      count = Math.max(count, index + 1);
    }
    this.#windowFrom = this.#window[count - 1]?.seq ?? this.#windowFrom;
    this.#window.splice(0, count);
  }
}
