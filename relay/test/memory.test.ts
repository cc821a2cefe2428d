import { describe, expect, it } from '@jest/globals';

import { delivery } from './new-delivery.ts';
import {
  BURST_MS,
  earlierInBurst,
  hasSubject,
  MAX_AHEAD_MS,
  MAX_BURST_MEMBERS,
  NO_STATES,
  remember,
  type SubjectState,
} from '../store/memory.ts';

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
    ...{ seq: 2, eventTime: 101_000, receivedAt: 1, burstTime: 100_000, burstSeq: 2, burstMembers: 7, hasEnded: false },
    ...{ earlierSeq: 1, earlierTime: 97_000 },
  };
  const newOf = (eventTime: number) => ({ seq: 3, eventTime, receivedAt: 2 });
  const first = (eventTime: number) => ({
    ...newOf(eventTime),
    ...{ burstTime: eventTime, burstSeq: 3, burstMembers: 0, earlierSeq: null, earlierTime: null, hasEnded: false },
  });

  it('starts a burst with the first delivery of a subject', () => {
    expect(remember(undefined, newOf(7))).toEqual({ state: first(7), earlier: NO_STATES });
  });

  it('starts a burst with the first event after the burst', () => {
    const eventTime = 100_001 + BURST_MS;
    const state = { ...first(eventTime), earlierSeq: 2, earlierTime: 101_000 };
    expect(remember(known, newOf(eventTime))).toEqual({ state, earlier: { earlierSeq: 2, burst: null } });
  });

  it.each([
    ['the last event of the burst', 100_000 + BURST_MS, true, 1, 2],
    ['an event at the time of the newest', 101_000, true, 1, 2],
    ['an event before the first of the burst', 97_001, false, 1, 2],
    ['an event that is not later than the state before the burst', 97_000, false, null, 2],
    ['the earliest event of the burst', 100_000 - BURST_MS, false, null, 2],
    ['a late event', 99_999 - BURST_MS, false, null, null],
  ])('places %s', (_, eventTime, isNewest, earlierSeq, burst) => {
    const state = { ...known, ...(isNewest && newOf(eventTime)), burstMembers: burst === null ? 7 : 8 };
    expect(remember(known, newOf(eventTime))).toEqual({ state, earlier: { earlierSeq, burst } });
  });

  it('adds no delivery to a full burst: a newer event begins a new burst, and others are late', () => {
    const full = { ...known, burstMembers: MAX_BURST_MEMBERS };
    const state = { ...first(101_001), earlierSeq: 2, earlierTime: 101_000 };
    expect(remember(full, newOf(101_001))).toEqual({ state, earlier: { earlierSeq: 2, burst: null } });
    expect(remember(full, newOf(101_000))).toEqual({ state: full, earlier: NO_STATES });
  });

  it.each([101_001, 101_000, 1])(
    'after a deletion has ended the memory, an event at %d has no previous delivery',
    (at) => {
      const ended = { ...known, hasEnded: true };
      expect(remember(ended, newOf(at))).toEqual({ state: at > 101_000 ? first(at) : ended, earlier: NO_STATES });
    },
  );
});

describe('earlierInBurst', () => {
  const member = (seq: number) => ({ seq, burst: 1, bytes: 100 });
  /** Returns the sequence numbers of the deliveries with which delivery `seq` is compared. */
  const earlier = (seq: number, ...order: number[]) => earlierInBurst(seq, order.map(member)).map((one) => one.seq);

  it('returns the deliveries that arrived before, whatever their event times are', () => {
    expect(earlier(3, 4, 2, 3, 1)).toEqual([2, 1]);
    expect(earlier(1, 1, 2)).toEqual([]);
  });

  it('returns at most the first delivery and the newest seven', () => {
    expect(earlier(11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)).toEqual([1, 4, 5, 6, 7, 8, 9, 10]);
    expect(earlier(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 11, 1)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(earlier(11, 2, 3, 4, 5, 6, 7, 8, 9, 10)).toEqual([4, 5, 6, 7, 8, 9, 10]);
  });
});
