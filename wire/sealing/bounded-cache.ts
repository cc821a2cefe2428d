/** A cache of results, pending ones included, that holds a limited number of entries. */

/** Evicts the least recently used entry. A failed computation is not cached. */
export class BoundedCache<V> {
  readonly #maxEntries: number;
  readonly #entries = new Map<string, Promise<V>>();

  /** @param maxEntries - at least 1 */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Returns the cached result of a key, or computes it. Concurrent calls share one computation. */
  get(key: string, compute: () => Promise<V>): Promise<V> {
    const cached = this.#entries.get(key);
    const result = cached ?? compute();
    // A Map iterates in insertion order, so its first entry is the least recently used.
    if (cached) this.#entries.delete(key);
    this.#entries.set(key, result);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
    if (!cached) {
      result.catch(() => {
        if (this.#entries.get(key) === result) this.#entries.delete(key);
      });
    }
    return result;
  }
}
