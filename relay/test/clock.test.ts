/** The sleep of the system's clock. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { STOPPED, systemClock, WakeUpSignal } from '../clock.ts';

const DAYS_30_MS = 30 * 24 * 60 * 60 * 1000;

/** Returns a function that tells if a promise has been resolved. */
function watch(promise: Promise<void>): () => boolean {
  let isResolved = false;
  void promise.then(() => {
    isResolved = true;
  });
  return () => isResolved;
}

describe('a sleep', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it.each([
    ['of no time', 0, new AbortController().signal],
    ['until a time in the past', -5, new AbortController().signal],
    ['whose signal was aborted before', 1000, AbortSignal.abort(STOPPED)],
  ])('%s ends at once', async (_what, milliseconds, signal) => {
    const hasEnded = watch(systemClock.sleep(milliseconds, signal));
    await jest.advanceTimersByTimeAsync(0);
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

  it('longer than the longest timer lasts 25 days at most', async () => {
    const hasEnded = watch(systemClock.sleep(DAYS_30_MS, new AbortController().signal));
    await jest.advanceTimersByTimeAsync(2 ** 31 - 2);
    expect(hasEnded()).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(hasEnded()).toBe(true);
  });
});
