import { describe, expect, it } from '@jest/globals';

import { WakeUpSignal } from '../delivery/wake-up-signal.ts';

describe('WakeUpSignal', () => {
  it('aborts the signal taken before a notification', () => {
    const wakeUp = new WakeUpSignal();
    const { signal } = wakeUp;
    expect(signal.aborted).toBe(false);
    wakeUp.notify();
    expect(signal.aborted).toBe(true);
  });

  it('replaces the signal before it wakes the sleepers', () => {
    const wakeUp = new WakeUpSignal();
    let isNextAborted: boolean | null = null;
    wakeUp.signal.addEventListener('abort', () => {
      isNextAborted = wakeUp.signal.aborted;
    });
    wakeUp.notify();
    expect(isNextAborted).toBe(false);
  });
});
