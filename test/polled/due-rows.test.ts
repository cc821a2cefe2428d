/** The rows that are due, and the ids of their records. */

import { describe, expect, it } from '@jest/globals';

import { review } from '../../objects/review.ts';
import {
  dueByReminder,
  dueFrom,
  dueUntil,
  markNameIn,
  nearestDue,
  oldestDueFirst,
  recordId,
  recordOfDue,
  type Reminder,
} from '../../src/polled/due-rows.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { dueFor, HOUR, markOf, NOW, POLL, WITH_MOMENT } from './two-hour-poll.ts';

const reminderAfter = (hours: number): Reminder => ({
  afterMs: hours * HOUR,
  idEnd: String(hours),
  fields: { reminder_hours: hours },
});
/** A poll with reminders 3 and 4 hours after the moment of a record. */
const WITH_REMINDERS = { ...POLL, reminders: [reminderAfter(3), reminderAfter(4)] };
const rowAt = (hours: number, id = 1) => ({ id, at: NOW - hours * HOUR });
const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

describe('a row', () => {
  it.each([
    ['at the beginning of the span', { at: POLL.span.from }, true],
    ['at the end of the span', { at: POLL.span.to }, true],
    ['before the span', { at: POLL.span.from - 1 }, false],
    ['after the span', { at: POLL.span.to + 1 }, false],
    ['without a moment', { at: NaN }, false],
    ['that does not meet the conditions', { at: NOW, isDue: false }, false],
    ['without an id', { at: NOW, id: null }, false],
  ])('%s is due: %3$p', (_which, row, isDue) => {
    const due = dueByReminder({ id: 7, ...row }, POLL);
    expect(due.map(({ id, rowId, at }) => [id, rowId, at])).toEqual(isDue ? [['7', '7', row.at]] : []);
  });

  it('is due once for each reminder whose time has come', () => {
    expect(idsOf(dueByReminder(rowAt(4.5), WITH_REMINDERS))).toEqual(['1@3', '1@4']);
    expect(idsOf(dueByReminder(rowAt(3.5), WITH_REMINDERS))).toEqual(['1@3']);
    expect(idsOf(dueByReminder(rowAt(5.5), WITH_REMINDERS))).toEqual(['1@4']);
    expect(dueByReminder(rowAt(2.5), WITH_REMINDERS)).toEqual([]);
  });

  it('is due for a time from its moment on', () => {
    const { at } = dueFor(HOUR);
    expect([dueFrom(POLL, at, NOW), dueUntil(POLL, at, NOW)]).toEqual([at, NOW + HOUR]);
    const soon = { ...POLL, span: { from: NOW, to: NOW + HOUR } };
    expect([dueFrom(soon, at, NOW), dueUntil(soon, at, NOW)]).toEqual([at - HOUR, at]);
  });
});

it('rows that are listed twice are due once. The oldest row comes first', () => {
  const rows = [dueFor(3, 3), dueFor(1, 1), dueFor(3, 3), dueFor(-1, 4), dueFor(2, 2)];
  expect(idsOf(oldestDueFirst(rows, POLL))).toEqual(['1', '2', '3']);
});

it('details are due for the reminder nearest to the moment of their row', () => {
  const [third, fourth] = [NOW - 1.5 * HOUR, NOW - 0.5 * HOUR];
  const idNear = (rowMoment: number) => nearestDue(rowAt(4.5), WITH_REMINDERS, rowMoment)?.id;
  expect([idNear(third), idNear(fourth)]).toEqual(['1@3', '1@4']);
  expect(nearestDue(rowAt(9), WITH_REMINDERS, third)).toBeNull();
});

describe('the id of a record', () => {
  it('has the part that the trigger adds', () => {
    expect([recordId('7'), recordId('7', '14')]).toEqual(['7', '7@14']);
    expect(idsOf(dueByReminder(rowAt(1), WITH_MOMENT))).toEqual([`1@${NOW - HOUR}`]);
  });

  it('comes first, and the fields of the reminder follow it', () => {
    const record = recordOfDue(review, { id: '7@3', row: { id: 7 }, reminder: reminderAfter(3) }, NEUTRAL_LOCALE);
    expect(record.id).toBe('7@3');
    expect(Object.keys(record).slice(0, 2)).toEqual(['id', 'reminder_hours']);
  });
});

it.each([
  ['once, even at another moment', POLL, true],
  ['again at another moment, which the id contains', WITH_MOMENT, false],
  ['again for another reminder', WITH_REMINDERS, false],
])('a record runs the Zap %s', (_when, poll, isSame) => {
  const nameOf = markNameIn(poll);
  expect(nameOf(markOf(rowAt(1))) === nameOf(markOf(rowAt(2)))).toBe(isSame);
});
