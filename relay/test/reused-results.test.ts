import { beforeEach, expect, it } from '@jest/globals';

import { createReusedResults } from '../reused-results.ts';

let now = 0;
let reads = 0;
beforeEach(() => {
  [now, reads] = [0, 0];
});

/** Simulates a read that takes a number of milliseconds. */
const reading = (milliseconds: number) => () => {
  reads++;
  now += milliseconds;
  return Promise.resolve(reads);
};

it('reuses a result for a second, or for 50 times the duration of the read', async () => {
  const results = createReusedResults<number>(30_000, { now: () => now });
  expect(await results.get('fast', reading(1))).toBe(1);
  now += 999;
  expect(await results.get('fast', reading(1))).toBe(1);
  now += 1;
  expect(await results.get('fast', reading(1))).toBe(2);
  expect(await results.get('slow', reading(400))).toBe(3);
  now += 19_999;
  expect(await results.get('slow', reading(400))).toBe(3);
  now += 1;
  expect(await results.get('slow', reading(400))).toBe(4);
});

it('reuses a result no longer than the maximum, and not at all if the maximum is 0', async () => {
  const results = createReusedResults<number>(5_000, { now: () => now });
  await results.get('slow', reading(1_000));
  now += 4_999;
  expect(await results.get('slow', reading(1))).toBe(1);
  now += 1;
  expect(await results.get('slow', reading(1))).toBe(2);
  const none = createReusedResults<number>(0, { now: () => now });
  expect([await none.get('a', reading(0)), await none.get('a', reading(0))]).toEqual([3, 4]);
});

it('shares a read in progress even if it fails, but caches no failures', async () => {
  const results = createReusedResults<number>(30_000, { now: () => now });
  const failing = async (): Promise<number> => {
    reads++;
    await Promise.resolve();
    throw new Error('offline');
  };
  const both = await Promise.allSettled([results.get('a', failing), results.get('a', failing)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(reads).toBe(1);
  expect(await results.get('a', reading(0))).toBe(2);
});

it('reads again after a result was forgotten, even during a read', async () => {
  const results = createReusedResults<number>(30_000, { now: () => now });
  let end: (result: number) => void = () => undefined;
  const old = results.get('a', () => new Promise((resolve) => (end = resolve)));
  results.forget('a');
  expect(await results.get('a', reading(0))).toBe(1);
  end(-1);
  expect(await old).toBe(-1);
  expect(await results.get('a', reading(0))).toBe(1);
  expect(await results.get('b', reading(0))).toBe(2);
});
