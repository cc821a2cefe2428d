/** Random numbers that follow from a seed, so that the faults of a run can be repeated. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Returns a number in a range, from the generator mulberry32. */
  between(min: number, max: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return min + (((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * (max - min);
  }

  /** Returns one of the items. @throws {RangeError} if there is none */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.between(0, items.length))];
    if (item === undefined) throw new RangeError('There is no item to pick.');
    return item;
  }
}
