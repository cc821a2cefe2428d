import { describe, expect, it } from '@jest/globals';

import { BURST_MS, endsMemory, hasSubject, MAX_AHEAD_MS, placeOf, type NewestState } from '../store/memory.ts';
import { delivery } from './new-delivery.ts';

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

describe('endsMemory', () => {
  it.each([
    ['DELETED_AN_APPOINTMENT', true],
    ['EDITED_AN_APPOINTMENT', false],
    ['DELETED_A_NOTE', false],
  ])('for %j about a lesson returns %j', (action, expected) => {
    const one = delivery(action);
    expect(hasSubject(one) && endsMemory(one)).toBe(expected);
  });
});

describe('placeOf', () => {
  const timeOf = (seq: number): number | null => (seq === 1 ? 97_000 : null);
  const newest: NewestState = {
    seq: 2,
    eventTime: 101_000,
    burstTime: 100_000,
    previousSeq: 1,
    hasEndedMemory: false,
  };
  const inBurst = (previousSeq: number | null) => ({ burstTime: 100_000, previousSeq });
  const late = { burstTime: null, previousSeq: null };

  it('starts a burst with the first delivery of a subject', () => {
    expect(placeOf(7, null, timeOf)).toEqual({ burstTime: 7, previousSeq: null });
  });

  it.each([
    ['the first event after the burst', 100_001 + BURST_MS, { burstTime: 100_001 + BURST_MS, previousSeq: 2 }],
    ['the last event of the burst', 100_000 + BURST_MS, inBurst(1)],
    ['an event at the time of the newest', 101_000, inBurst(1)],
    ['an event before the first of the burst', 97_001, inBurst(1)],
    ['an event that is not later than the state before the burst', 97_000, inBurst(null)],
    ['the earliest event of the burst', 100_000 - BURST_MS, inBurst(null)],
    ['a late event', 99_999 - BURST_MS, late],
  ])('places %s', (_, eventTime, place) => {
    expect(placeOf(eventTime, newest, timeOf)).toEqual(place);
  });

  it('assigns no previous delivery to a member of the burst if there was no state before the burst, or if it was removed', () => {
    expect(placeOf(99_000, { ...newest, previousSeq: null }, timeOf)).toEqual(inBurst(null));
    expect(placeOf(99_000, { ...newest, previousSeq: 9 }, timeOf)).toEqual(inBurst(null));
  });

  it.each([
    [101_001, { burstTime: 101_001, previousSeq: null }],
    [101_000, late],
    [1, late],
  ])('places an event at %d, after a deletion has ended the memory, as %j', (eventTime, place) => {
    expect(placeOf(eventTime, { ...newest, hasEndedMemory: true }, timeOf)).toEqual(place);
  });
});
