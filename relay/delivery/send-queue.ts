/** The pending sends of one subscription, in order. */

import type { WaitingSend } from '../store/send.ts';
import type { Store } from '../store/store.ts';

/** Maximum number of sends that are read at once, and of sends that wait in memory. */
const BATCH_SIZE = 200;

/** Holds the next pending sends of a subscription in memory. The others are in the store. */
export class SendQueue {
  readonly #store: Pick<Store, 'pending'>;
  readonly #subscription: number;
  #sends: WaitingSend[] = [];
  /** Sequence number up to which all pending sends have been read. */
  #readUpTo = 0;
  /** True if there may be pending sends after {@link #readUpTo} that are not in memory. */
  #mayHaveMore: boolean;
  #isReading = false;

  /** @param isPending - true if the store has pending sends */
  constructor(store: Pick<Store, 'pending'>, subscription: number, isPending: boolean) {
    this.#store = store;
    this.#subscription = subscription;
    this.#mayHaveMore = isPending;
  }

  /** True if there are certainly no pending sends. */
  get isEmpty(): boolean {
    return this.#sends.length === 0 && !this.#mayHaveMore && !this.#isReading;
  }

  /** The sequence numbers of the sends in memory, in order. */
  get seqs(): number[] {
    return this.#sends.map(({ seq }) => seq);
  }

  /** Returns true for a send that is in memory or has not been read yet. */
  mayContain = (seq: number): boolean => seq > this.#readUpTo || this.#sends.some((send) => send.seq === seq);

  /** Adds a new send. */
  offer(send: WaitingSend): void {
    if (send.seq <= this.#readUpTo) return;
    if (this.#isReading || this.#mayHaveMore || this.#sends.length >= BATCH_SIZE) {
      this.#mayHaveMore = true;
      return;
    }
    this.#sends.push(send);
    this.#readUpTo = send.seq;
  }

  /** Notes that the store may have sends that were not offered. */
  expectMore(): void {
    this.#mayHaveMore = true;
  }

  /** Returns the send at a position; null if there is none. @throws if the store fails */
  async at(index: number): Promise<WaitingSend | null> {
    while (this.#sends.length <= index && this.#mayHaveMore) {
      this.#mayHaveMore = false;
      this.#isReading = true;
      let isIncomplete = true;
      try {
        const more = await this.#store.pending(this.#subscription, this.#readUpTo, BATCH_SIZE);
        this.#sends.push(...more);
        this.#readUpTo = more.at(-1)?.seq ?? this.#readUpTo;
        isIncomplete = more.length === BATCH_SIZE;
      } finally {
        this.#isReading = false;
        this.#mayHaveMore ||= isIncomplete;
      }
    }
    return this.#sends[index] ?? null;
  }

  /** Removes a send whose result is known, or that no longer exists. */
  remove(seq: number): void {
    if (this.#sends[0]?.seq === seq) this.#sends.shift();
    else this.#sends = this.#sends.filter((send) => send.seq !== seq);
  }
}
