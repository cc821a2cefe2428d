import { describe, expect, it } from '@jest/globals';

import { delivery } from './new-delivery.ts';
import { BURST_MS, hasSubject, MAX_AHEAD_MS, remember, type SubjectState } from '../store/memory.ts';

describe('hasSubject', () => {
  it.each([
    [{}, true],
    [{ model: null }, false],
    [{ subjectId: null }, false],
    [{ eventTime: null }, false],
    [{ isConcern: true }, false],
    [{ content: null }, false],
    [{ receivedAt: 1000, eventTime: 1000 + MAX_AHEAD_MS }, true],
    [{ receivedAt: 1000, eventTime: 1001 + MAX_AHEAD_MS }, false],
  ])('for a delivery with %j returns %j', (changes, expected) => {
    expect(hasSubject(delivery('A', changes))).toBe(expected);
  });
});

describe('remember', () => {
  const known: SubjectState = {
    ...{ seq: 2, eventTime: 101_000, receivedAt: 1, burstTime: 100_000, hasEnded: false },
    earlier: { seq: 1, eventTime: 97_000 },
  };
  const newOf = (eventTime: number) => ({ seq: 3, eventTime, receivedAt: 2 });
  const first = (eventTime: number) => ({ ...newOf(eventTime), burstTime: eventTime, earlier: null, hasEnded: false });

  it('starts a burst with the first delivery of a subject', () => {
    expect(remember(null, newOf(7))).toEqual({ state: first(7), previousSeq: null });
  });

  it('starts a burst with the first event after the burst', () => {
    const eventTime = 100_001 + BURST_MS;
    const state = { ...first(eventTime), earlier: { seq: 2, eventTime: 101_000 } };
    expect(remember(known, newOf(eventTime))).toEqual({ state, previousSeq: 2 });
  });

  it.each([
    ['the last event of the burst', 100_000 + BURST_MS, true, 1],
    ['an event at the time of the newest', 101_000, true, 1],
    ['an event before the first of the burst', 97_001, false, 1],
    ['an event that is not later than the state before the burst', 97_000, false, null],
    ['the earliest event of the burst', 100_000 - BURST_MS, false, null],
    ['a late event', 99_999 - BURST_MS, false, null],
  ])('places %s', (_, eventTime, isNewest, previousSeq) => {
    const state = isNewest ? { ...known, ...newOf(eventTime) } : known;
    expect(remember(known, newOf(eventTime))).toEqual({ state, previousSeq });
  });

  it.each([101_001, 101_000, 1])(
    'after a deletion has ended the memory, an event at %d has no previous delivery',
    (at) => {
      const ended = { ...known, hasEnded: true };
      expect(remember(ended, newOf(at))).toEqual({ state: at > 101_000 ? first(at) : ended, previousSeq: null });
    },
  );
});
