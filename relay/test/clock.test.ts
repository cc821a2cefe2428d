/** The sleep of the system's clock, and the time limit for a promise. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { STOPPED, systemClock, WakeUpSignal, withinTime } from '../clock.ts';

const DAYS_30_MS = 30 * 24 * 60 * 60 * 1000;

/** Returns a function that returns true if a promise has resolved. */
function watch(promise: Promise<void>): () => boolean {
  let isResolved = false;
  void promise.then(() => {
    isResolved = true;
  });
  return () => isResolved;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('a sleep', () => {
  it.each([
    ['of no time', 0, new AbortController().signal],
    ['until a time in the past', -5, new AbortController().signal],
    ['whose signal was aborted before', 1000, AbortSignal.abort(STOPPED)],
  ])('%s ends at once, without a timer', async (_what, milliseconds, signal) => {
    const hasEnded = watch(systemClock.sleep(milliseconds, signal));
    await Promise.resolve();
    expect(hasEnded()).toBe(true);
  });

  it('ends after its time', async () => {
    const hasEnded = watch(systemClock.sleep(1000, new AbortController().signal));
    await jest.advanceTimersByTimeAsync(999);
    expect(hasEnded()).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(hasEnded()).toBe(true);
  });

  it('ends when it is woken', async () => {
    const wakeUp = new WakeUpSignal();
    const hasEnded = watch(systemClock.sleep(1000, wakeUp.signal));
    await jest.advanceTimersByTimeAsync(1);
    wakeUp.notify();
    await jest.advanceTimersByTimeAsync(0);
    expect(hasEnded()).toBe(true);
  });

  it('lasts 25 days at most, because timers cannot be longer', async () => {
    const hasEnded = watch(systemClock.sleep(DAYS_30_MS, new AbortController().signal));
    await jest.advanceTimersByTimeAsync(2 ** 31 - 2);
    expect(hasEnded()).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(hasEnded()).toBe(true);
  });
});

describe('a promise within a time limit', () => {
  const later = <T>(value: T) =>
    new Promise<T>((resolve) => {
      setTimeout(resolve, 1000, value);
    });

  it('passes on its value', async () => {
    const value = withinTime(later('a'), 1001);
    await jest.advanceTimersByTimeAsync(1000);
    expect(await value).toBe('a');
  });

  it('passes on its error', async () => {
    await expect(withinTime(Promise.reject(new Error('disk')), 1000)).rejects.toThrow('disk');
    await jest.advanceTimersByTimeAsync(0);
  });

  it('fails after the time', async () => {
    const value = expect(withinTime(later('a'), 999)).rejects.toThrow('did not respond in time');
    await jest.advanceTimersByTimeAsync(1000);
    await value;
  });
});
