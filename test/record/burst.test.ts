import { describe, expect, it, jest } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { earlierEvents, precedes, reportedChange, timeBetween, type EventInBurst } from '../../src/record/burst.ts';
import { compareSubjects } from '../../src/record/changes.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';

/** Returns an event about a client. @param second - the second of the event's time */
const event = (second: number, fields: JsonObject): TutorCruncherEvent => ({
  action: 'A',
  timestamp: `2026-06-10T18:00:0${second}Z`,
  subject: { model: 'Client', id: 7, ...fields },
});
const selected = (one: TutorCruncherEvent) => ({ event: one, isSelected: true });
const unselected = (one: TutorCruncherEvent) => ({ event: one, isSelected: false });

const OPTIONS = { layout: client.layout, hasBalances: false, locale: NEUTRAL_LOCALE };
const comparisonWith = (now: TutorCruncherEvent) => (earlier: TutorCruncherEvent) =>
  compareSubjects(earlier.subject, now.subject, OPTIONS);

/**
 * Returns the earlier event that an event is compared with, and whether another event has already reported the change.
 */
function found(now: TutorCruncherEvent, { previous = null, burst = [] }: Partial<Omit<EventInBurst, 'event'>>) {
  const change = reportedChange({ event: now, previous, burst }, comparisonWith(now));
  return change && [change.since, change.isRepeated];
}

const BEFORE = event(0, { town: 'Bath' });
const NOW = event(5, { town: 'Wells' });

describe('the change that an event reports', () => {
  it('is unknown without an earlier state', () => {
    expect(found(NOW, {})).toBeNull();
    expect(found(NOW, { burst: [unselected(event(3, { town: 'Wells' }))] })).toBeNull();
  });

  it('is found with one comparison if all events of the burst have the same state, apart from the last update', () => {
    const home = { lines: ['8 Mill Lane', 'Bath'] };
    const state = (second: number, fields: JsonObject): TutorCruncherEvent =>
      event(second, { town: 'Wells', last_updated: String(second), ...fields });
    const now = state(9, { home });
    for (const isSelected of [true, false]) {
      const burst = [1, 2, 3, 4, 5, 6, 7, 8].map((second) => ({ event: state(second, { home }), isSelected }));
      const compare = jest.fn(comparisonWith(now));
      reportedChange({ event: now, previous: BEFORE, burst }, compare);
      expect(compare).toHaveBeenCalledTimes(1);
    }
    for (const other of [{ home: { lines: ['8 Mill Lane'] } }, { home: '' }, { town: 'Bath', home }]) {
      const different = state(8, other);
      expect(found(now, { previous: BEFORE, burst: [unselected(different)] })).toEqual([different, false]);
    }
  });

  it('has not been reported if the state was different in the meantime', () => {
    const other = event(3, { town: 'Bath' });
    const burst = [selected(event(1, { town: 'Wells' })), selected(other)];
    expect(found(NOW, { previous: BEFORE, burst })).toEqual([other, false]);
  });

  it('has not been reported by an event without the changed fields', () => {
    const incomplete = selected(event(3, { name: 'Priya' }));
    const now = event(5, { name: 'Priya', town: 'Wells' });
    const before = event(0, { name: 'Priya', town: 'Bath' });
    expect(found(now, { previous: before, burst: [incomplete] })).toEqual([before, false]);
    expect(found(now, { burst: [incomplete] })).toBeNull();
    const renamed = event(0, { name: 'Ruth', town: 'Wells' });
    expect(found(now, { previous: renamed, burst: [incomplete] })).toEqual([now, true]);
  });

  it('has been reported by an event with the same values in another spelling', () => {
    const now = event(5, { title: 'A &amp; B' });
    expect(found(now, { burst: [selected(event(3, { title: 'A & B' }))] })).toEqual([now, true]);
  });

  it('is not looked for in newer events, and is none if a newer event has reported it', () => {
    const [newer, simultaneous] = [event(7, { town: 'York' }), event(5, { town: 'York' })];
    expect(found(NOW, { previous: BEFORE, burst: [unselected(newer)] })).toEqual([BEFORE, false]);
    expect(found(NOW, { previous: BEFORE, burst: [selected(newer)] })).toEqual([NOW, true]);
    expect(found(NOW, { previous: BEFORE, burst: [unselected(simultaneous), unselected(newer)] })).toEqual([
      simultaneous,
      false,
    ]);
  });
});

it('the earlier events of an event are those that are not newer, newest first', () => {
  const [first, second, newer] = [event(1, {}), event(5, {}), event(7, {})];
  const burst = [unselected(first), selected(second), selected(newer)];
  expect(earlierEvents({ event: NOW, previous: BEFORE, burst })).toEqual([second, first, BEFORE]);
  expect(earlierEvents({ event: NOW, previous: null, burst })).toEqual([second, first]);
});

describe('the time between two events', () => {
  const at = (fields: object, subject: object = {}): TutorCruncherEvent => {
    const base = event(1, {});
    return { ...base, branch: 3, ...fields, subject: { ...base.subject, ...subject } };
  };
  const later = { timestamp: '2026-06-10T18:00:04Z' };

  it('is known in both directions, and an event precedes only newer ones', () => {
    expect([timeBetween(at({}), at(later)), timeBetween(at(later), at({}))]).toEqual([3_000, -3_000]);
    expect([precedes(at({}), at(later)), precedes(at(later), at({})), precedes(at({}), at({}))]).toEqual([
      true,
      false,
      false,
    ]);
    // TutorCruncher sometimes sends an id as text.
    expect(timeBetween(at({}), at({ ...later, branch: '3' }, { id: '7' }))).toBe(3_000);
  });

  it.each<[name: string, other: TutorCruncherEvent]>([
    ['of another branch', at({ ...later, branch: 4 })],
    ['without a branch', at({ ...later, branch: null })],
    ['about another client', at(later, { id: 8 })],
    ['about another object', at(later, { model: 'Contractor' })],
    ['about an unknown object', at(later, { model: 'Unknown' })],
    ['without an id', at(later, { id: null })],
    ['without a time', at({ timestamp: null })],
  ])('is unknown for an event %s', (_name, other) => {
    expect([timeBetween(at({}), other), timeBetween(other, at({}))]).toEqual([null, null]);
    expect([precedes(at({}), other), precedes(other, at({}))]).toEqual([false, false]);
  });
});
