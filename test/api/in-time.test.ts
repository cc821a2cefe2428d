import { afterEach, expect, it, jest } from '@jest/globals';

import { inTime } from '../../src/api/in-time.ts';

afterEach(() => {
  jest.useRealTimers();
});

it('a call has a result if it ends within two seconds', async () => {
  jest.useFakeTimers();
  const after = (ms: number) => inTime(() => new Promise((resolve) => setTimeout(resolve, ms, 'late')));
  const results = Promise.all([after(1_999), after(2_001)]);
  await jest.advanceTimersByTimeAsync(3_000);
  expect(await results).toEqual(['late', null]);
});

it('a call that fails has no result, whether it throws or rejects', async () => {
  expect(await inTime(() => Promise.reject(new Error('cache')))).toBeNull();
  const throwing = (): Promise<never> => {
    throw new Error('cache');
  };
  expect(await inTime(throwing)).toBeNull();
});

it('a call that has ended leaves no timer', async () => {
  jest.useFakeTimers();
  expect(await inTime(() => Promise.resolve(7))).toBe(7);
  await inTime(() => Promise.reject(new Error('cache')));
  expect(jest.getTimerCount()).toBe(0);
});
