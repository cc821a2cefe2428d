import { beforeEach, describe, expect, it } from '@jest/globals';

import { createReusedResults } from '../reused-results.ts';

let now: number;
beforeEach(() => {
  now = 0;
});
const clock = { now: () => now };

describe('reused results', () => {
  let reads = 0;
  beforeEach(() => {
    reads = 0;
  });
  /** Simulates a read that takes a number of milliseconds. */
  const reading = (milliseconds: number) => () => {
    reads++;
    now += milliseconds;
    return Promise.resolve(reads);
  };

  it.each([
    ['a second', 30_000, 1, 1_000],
    ['50 times the duration of the read', 30_000, 400, 20_000],
    ['the maximum', 5_000, 1_000, 5_000],
    ['no time', 0, 1, 0],
  ])('are reused for %s', async (_name, maximum, duration, milliseconds) => {
    const results = createReusedResults<number>({ maxAgeMs: maximum }, clock);
    expect(await results.get('a', reading(duration))).toBe(1);
    now += milliseconds - 1;
    if (milliseconds > 0) expect(await results.get('a', reading(1))).toBe(1);
    now += 1;
    expect(await results.get('a', reading(1))).toBe(2);
  });

  it('are shared while they are read, even if the read fails, but failures are not reused', async () => {
    const results = createReusedResults<number>({ maxAgeMs: 30_000 }, clock);
    const failing = async (): Promise<number> => {
      reads++;
      await Promise.resolve();
      throw new Error('offline');
    };
    const both = await Promise.allSettled([results.get('a', failing), results.get('a', failing)]);
    expect([...both.map(({ status }) => status), reads]).toEqual(['rejected', 'rejected', 1]);
    expect(await results.get('a', reading(0))).toBe(2);
  });

  it('are read again after they were forgotten, even during a read', async () => {
    const results = createReusedResults<number>({ maxAgeMs: 30_000 }, clock);
    let end: (result: number) => void = () => undefined;
    const old = results.get('a', () => new Promise((resolve) => (end = resolve)));
    results.forget('a');
    expect(await results.get('a', reading(0))).toBe(1);
    end(-1);
    expect(await old).toBe(-1);
    expect([await results.get('a', reading(0)), await results.get('b', reading(0))]).toEqual([1, 2]);
  });
});
