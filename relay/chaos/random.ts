/** Random numbers that follow from a seed, so that the faults of a run can be repeated. */

/** A generator of random numbers. */
export type Random = ReturnType<typeof createRandom>;

/** Creates the generator mulberry32. */
export function createRandom(seed: number) {
  let state = seed;

  function between(min: number, max: number): number {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return min + (((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * (max - min);
  }

  return {
    between,
    /** Returns one of the items. @throws {RangeError} if there is none */
    pick: <T>(items: readonly T[]): T => {
      const item = items[Math.floor(between(0, items.length))];
      if (item === undefined) throw new RangeError('There is no item to pick.');
      return item;
    },
  };
}
