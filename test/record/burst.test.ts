import { describe, expect, it, jest } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { reportedChange, type EventInBurst } from '../../src/record/burst.ts';
import { compareSubjects } from '../../src/record/changes.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';

/** An event about a client. */
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

/** Returns the event that an event is compared with, and whether its change has been reported before. */
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
});
