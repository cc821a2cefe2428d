/** The deliveries of a channel, read once for all its subscriptions. */

import { MAX_BATCH_BYTES, type Delivery, type Store } from '../store/store.ts';

/** Deliveries that are handed out at once. */
export const BATCH = 100;
/** The newest ones, for subscriptions that are a little behind. */
const MAX_WINDOW = 4 * BATCH;
/** Batches for those that are far behind, as they are mostly behind together. */
const MAX_BATCHES = 2;

/** What comes after a number. */
export interface Batch {
  readonly deliveries: readonly Delivery[];
  /** There are no others up to this number. */
  readonly upTo: number;
}

export class Feed {
  readonly #store: Pick<Store, 'deliveriesAfter'>;
  readonly #channel: string;
  #head: number;
  /** All that came after {@link Feed.#windowFrom}, up to the head. */
  #window: Delivery[] = [];
  #windowFrom: number;
  #windowBytes = 0;
  readonly #batches = new Map<number, Promise<Batch>>();

  /** @param head - the number of the newest delivery */
  constructor(store: Pick<Store, 'deliveriesAfter'>, channel: string, head: number) {
    this.#store = store;
    this.#channel = channel;
    this.#head = head;
    this.#windowFrom = head;
  }

  /** The number up to which deliveries are known to be there. */
  get head(): number {
    return this.#head;
  }

  /** Looks for newer deliveries; not to be called while it looks. */
  async advance(): Promise<{ readonly fresh: readonly Delivery[]; readonly isAll: boolean }> {
    const fresh = await this.#store.deliveriesAfter(this.#channel, this.#head, BATCH);
    const bytes = fresh.reduce((sum, { body }) => sum + body.length, 0);
    this.#window.push(...fresh);
    this.#windowBytes += bytes;
    this.#head = fresh.at(-1)?.seq ?? this.#head;
    this.#trim();
    return { fresh, isAll: fresh.length < BATCH && bytes < MAX_BATCH_BYTES };
  }

  /** Deliveries after a number, in order. */
  after(seq: number): Batch | Promise<Batch> {
    if (seq >= this.#windowFrom) {
      const start = this.#window.findIndex((delivery) => delivery.seq > seq);
      const deliveries = start < 0 ? [] : this.#window.slice(start, start + BATCH);
      return { deliveries, upTo: deliveries.at(-1)?.seq ?? this.#head };
    }
    const known = this.#batches.get(seq);
    if (known) return known;
    const batch = this.#read(seq);
    this.#batches.set(seq, batch);
    batch.catch(() => this.#batches.delete(seq));
    const [oldest] = this.#batches.keys();
    if (this.#batches.size > MAX_BATCHES && oldest !== undefined) this.#batches.delete(oldest);
    return batch;
  }

  async #read(seq: number): Promise<Batch> {
    // Said before it looks: what comes while it looks may be missing from what it finds.
    const head = this.#head;
    const deliveries = await this.#store.deliveriesAfter(this.#channel, seq, BATCH);
    return { deliveries, upTo: deliveries.at(-1)?.seq ?? head };
  }

  /** Lets go of what nobody needs any more, as all are at the head. */
  clear(): void {
    this.#window = [];
    this.#windowFrom = this.#head;
    this.#windowBytes = 0;
    this.#batches.clear();
  }

  #trim(): void {
    let count = Math.max(0, this.#window.length - MAX_WINDOW);
    for (let index = 0; index < this.#window.length; index++) {
      if (index >= count && this.#windowBytes <= MAX_BATCH_BYTES) break;
      this.#windowBytes -= this.#window[index]?.body.length ?? 0;
      count = Math.max(count, index + 1);
    }
    this.#windowFrom = this.#window[count - 1]?.seq ?? this.#windowFrom;
    this.#window.splice(0, count);
  }
}
