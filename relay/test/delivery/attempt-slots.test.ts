/** The slots of attempts in flight: limits on their number, and on the total size of large deliveries. */

import { describe, expect, it } from '@jest/globals';

import { createAttemptSlots, type Slot } from '../../delivery/attempt-slots.ts';

const slotOf = (channel: number, bytes = 0, isRetry = false): Slot => ({ channel, isRetry, bytes });

/** Takes slots. Returns the slots that were free. */
function taken(slots: ReturnType<typeof createAttemptSlots>, wanted: readonly Slot[]): Slot[] {
  return wanted.filter(slots.tryTake);
}

describe('the slots of a process', () => {
  it('are limited in number for a channel, for retries, and in total', () => {
    const slots = createAttemptSlots(8);
    expect(
      taken(
        slots,
        [1, 1, 1].map((channel) => slotOf(channel)),
      ),
    ).toHaveLength(2);
    expect(
      taken(
        slots,
        [2, 3, 4].map((channel) => slotOf(channel, 0, true)),
      ),
    ).toHaveLength(2);
    expect(
      taken(
        slots,
        [5, 6, 7, 8, 9].map((channel) => slotOf(channel)),
      ),
    ).toHaveLength(4);
    slots.free(slotOf(1));
    expect(taken(slots, [slotOf(9), slotOf(10)])).toEqual([slotOf(9)]);
  });

  it('are limited in bytes for a channel, for retries, and in total, while small deliveries have room', () => {
    const slots = createAttemptSlots(1_000, 400);
    expect(taken(slots, [slotOf(1, 60), slotOf(1, 41), slotOf(1, 40)])).toEqual([slotOf(1, 60), slotOf(1, 40)]);
    expect(taken(slots, [slotOf(2, 100, true), slotOf(3, 1, true)])).toHaveLength(1);
    expect(taken(slots, [slotOf(4, 100), slotOf(5, 100), slotOf(6, 1)])).toHaveLength(2);
    expect(taken(slots, [slotOf(1), slotOf(6), slotOf(7, 0, true)])).toHaveLength(3);
  });

  it('give bytes to the delivery that has waited longest, however small the others are', () => {
    const slots = createAttemptSlots(1_000, 400);
    const held = [1, 2, 3, 4].map((channel) => slotOf(channel, 90));
    expect(taken(slots, held)).toHaveLength(4);
    const [large, small] = [slotOf(5, 100), slotOf(6, 10)];
    expect(taken(slots, [large, small])).toEqual([]);
    slots.free(slotOf(1, 90));
    expect(taken(slots, [small, large, small])).toEqual([large, small]);
    slots.free(slotOf(2, 90));
    expect(slots.tryTake(slotOf(7, 90))).toBe(true);
  });

  it('stay available to other channels if a delivery waits for its own channel or for retries, or no longer waits', () => {
    const slots = createAttemptSlots(4, 400);
    expect(taken(slots, [slotOf(1, 60), slotOf(2, 100, true)])).toHaveLength(2);
    expect(taken(slots, [slotOf(1, 40), slotOf(3, 50, true)])).toEqual([]);
    expect(taken(slots, [slotOf(3, 100), slotOf(4, 40)])).toHaveLength(2);
    const [ended, next] = [slotOf(5, 61), slotOf(6, 60)];
    expect(taken(slots, [ended, next])).toEqual([]);
    slots.free(slotOf(4, 40));
    slots.giveUp(ended);
    expect(slots.tryTake(next)).toBe(true);
  });

  it('make no large delivery wait for a small delivery', () => {
    const slots = createAttemptSlots(1, 400);
    expect(taken(slots, [slotOf(1), slotOf(2)])).toHaveLength(1);
    slots.free(slotOf(1));
    expect(slots.tryTake(slotOf(3, 100))).toBe(true);
  });

  it('have 40 MiB by default, a quarter for each channel', () => {
    const slots = createAttemptSlots(1_000);
    const quarter = 10 * 1024 * 1024;
    expect(slots.tryTake(slotOf(1, quarter + 1))).toBe(false);
    const held = [2, 3, 4, 5].map((channel) => slotOf(channel, quarter));
    expect(taken(slots, [...held, slotOf(6, 1)])).toEqual(held);
  });
});
