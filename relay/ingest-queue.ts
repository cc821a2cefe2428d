/** The order in which incoming deliveries are stored. */

import type { NewDelivery } from './store/new-delivery.ts';

/** Deliveries per transaction. A larger group would delay the response to its first delivery. */
const MAX_GROUP = 200;
/** Maximum number of sealed bytes in a group of small deliveries. */
const MAX_SMALL_GROUP_BYTES = 4 * 1024 * 1024;
/** Maximum number of sealed bytes in a group of large deliveries; a larger delivery forms a group on its own. */
const MAX_LARGE_GROUP_BYTES = 1024 * 1024;
/** Minimum size of a large delivery. Most of TutorCruncher's deliveries are a few kilobytes in size. */
const LARGE_BYTES = 64 * 1024;

/** A delivery that is waiting for a transaction. */
export interface Queued {
  readonly delivery: NewDelivery;
}

const bytesOf = ({ content }: NewDelivery): number => content?.sealed.length ?? 0;

/**
 * Removes and returns the entries at the front of a list that fit in one transaction: at least one, unless the list is
 * empty.
 */
function takeFrom<Entry extends Queued>(entries: Entry[], maxBytes: number): Entry[] {
  let bytes = 0;
  const end = entries.findIndex(({ delivery }, index) => {
    bytes += bytesOf(delivery);
    return index > 0 && (index >= MAX_GROUP || bytes > maxBytes);
  });
  return entries.splice(0, end < 0 ? entries.length : end);
}

/**
 * A queue in which small deliveries do not wait for large ones of other channels. The deliveries of each channel stay in
 * order.
 */
export class IngestQueue<Entry extends Queued> {
  readonly #small: Entry[] = [];
  /** Large deliveries, and small deliveries that are queued behind a large delivery of their channel. */
  readonly #large: Entry[] = [];
  /** The entries of `#large` that are being stored. */
  #storing: readonly Entry[] = [];
  /** Number of entries in `#large` and `#storing` by channel. */
  readonly #behind = new Map<string, number>();

  /** Number of small deliveries that wait for a transaction. */
  get smallCount(): number {
    return this.#small.length;
  }

  /** Number of all deliveries that wait for one. */
  get length(): number {
    return this.#small.length + this.#large.length;
  }

  push(entry: Entry): void {
    const { channel } = entry.delivery;
    const count = this.#behind.get(channel) ?? 0;
    if (count === 0 && bytesOf(entry.delivery) < LARGE_BYTES) {
      this.#small.push(entry);
      return;
    }
    this.#large.push(entry);
    this.#behind.set(channel, count + 1);
  }

  /** Removes and returns the small deliveries of the next transaction. */
  takeSmall(): Entry[] {
    return takeFrom(this.#small, MAX_SMALL_GROUP_BYTES);
  }

  /** Removes and returns the large deliveries of the next transaction. There are none until {@link endLarge} is called. */
  takeLarge(): readonly Entry[] {
    if (this.#storing.length > 0) return [];
    this.#storing = takeFrom(this.#large, MAX_LARGE_GROUP_BYTES);
    return this.#storing;
  }

  /** Notes that the large deliveries have been stored. */
  endLarge(): void {
    for (const entry of this.#storing) this.#forget(entry);
    this.#storing = [];
  }

  /** Removes a delivery, if it is still in the queue. */
  remove(entry: Entry): void {
    for (const entries of [this.#small, this.#large]) {
      const position = entries.indexOf(entry);
      if (position < 0) continue;
      entries.splice(position, 1);
      if (entries === this.#large) this.#forget(entry);
    }
  }

  #forget({ delivery: { channel } }: Entry): void {
    const count = (this.#behind.get(channel) ?? 0) - 1;
    if (count > 0) this.#behind.set(channel, count);
    else this.#behind.delete(channel);
  }
}
