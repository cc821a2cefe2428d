/** The decisions of a poll: the rows and details that it reads. */

import { describe, expect, it } from '@jest/globals';

import { isLate, planDetails, planRows } from '../../src/polled/plan.ts';
import type { Mark, ZapNotes } from '../../src/polled/zap-notes.ts';
import { dueFor, HOUR, idsOf, markOf, MINUTE, notesWith, NOW, POLL, SECOND } from './two-hour-poll.ts';

describe('the rows of a poll', () => {
  it.each([
    [1, 24 * SECOND],
    [2, 48 * SECOND],
    [100, 30 * MINUTE],
  ])('of a list that takes %d requests are read after %d ms', (rowRequests, time) => {
    const planAfter = (age: number) => planRows(notesWith({ read: NOW - age, rowRequests }), POLL, NOW);
    expect([planAfter(time - 1), planAfter(time)?.requests]).toEqual([null, Math.min(rowRequests, 40)]);
  });

  it('are read at once if they are complete and a record waits', () => {
    const planWith = (waiting: readonly Mark[]) => planRows(notesWith({ read: NOW, waiting }), POLL, NOW, true);
    expect([planWith([]), planWith([markOf(dueFor(HOUR))])?.requests]).toEqual([null, 1]);
  });

  it('wait for up to half an hour for details if they take more than eight seconds', () => {
    const planWith = (rowsMs: number, age: number, waiting: readonly Mark[] = [markOf(dueFor(HOUR))]) =>
      planRows(notesWith({ read: NOW - age, rowsMs, waiting }), POLL, NOW) !== null;
    expect([planWith(8 * SECOND, MINUTE), planWith(8 * SECOND + 1, MINUTE)]).toEqual([true, false]);
    expect([planWith(9 * SECOND, 30 * MINUTE), planWith(9 * SECOND, MINUTE, [])]).toEqual([true, true]);
    expect(planWith(9 * SECOND, MINUTE, [markOf(dueFor(-1))])).toBe(true);
  });

  it.each<[case_: string, notes: Partial<ZapNotes>, pastFrom: number | null, mayLeavePastOut: boolean]>([
    ['after a usual pause', {}, null, false],
    ['after a long pause', { read: NOW - HOUR }, NOW - 3 * HOUR, false],
    ['after three polls with too few requests', { read: NOW - HOUR, lacks: 3 }, NOW - 3 * HOUR, true],
    ['after two polls with too few requests', { read: NOW - HOUR, lacks: 2 }, NOW - 3 * HOUR, false],
  ])('include the past %s', (_case, notes, pastFrom, mayLeavePastOut) => {
    expect(planRows(notesWith(notes), POLL, NOW)).toMatchObject({ pastFrom, mayLeavePastOut });
  });
});

describe('the details of a poll', () => {
  const planFor = (rows: readonly ReturnType<typeof dueFor>[], notes: Partial<ZapNotes> = {}) => {
    const { first, again } = planDetails(notesWith({ waiting: rows.map(markOf), ...notes }), POLL, NOW);
    return [idsOf(first), idsOf(again)];
  };
  /** Notes that were lost 15 minutes ago. */
  const LOST = { known: null, since: NOW - 15 * MINUTE };
  /** Returns a record that became due this many milliseconds before the notes were lost. */
  const dueBeforeLoss = (time: number, id = 1) => dueFor(2 * HOUR - 15 * MINUTE - time, id);

  it('are read for records that are still due, in the order in which the records stop being due', () => {
    expect(planFor([dueFor(HOUR, 1), dueFor(0, 2), dueFor(-1, 3), dueFor(MINUTE, 4)])).toEqual([['2', '4', '1'], []]);
  });

  it('come last for records that were due an hour before the notes were lost, unless they stop being due soon', () => {
    expect(planFor([dueBeforeLoss(HOUR, 1), dueBeforeLoss(HOUR + 1, 2)], LOST)).toEqual([['1'], ['2']]);
    expect(planFor([dueBeforeLoss(HOUR + 1, 2)], { since: LOST.since })).toEqual([['2'], []]);
    expect(planFor([dueFor(30 * MINUTE, 1), dueFor(30 * MINUTE + 1, 2)], LOST)).toEqual([['1'], ['2']]);
  });

  it('are read for at most five such records in a poll', () => {
    const rows = Array.from({ length: 7 }, (_, index) => dueBeforeLoss(HOUR + 10 - index, index));
    expect(planFor(rows, LOST)).toEqual([[], ['0', '1', '2', '3', '4']]);
  });
});

describe('a poll is late', () => {
  const lateWith = (age: number, result: Partial<Parameters<typeof isLate>[1]>, notes: Partial<ZapNotes> = {}) =>
    isLate(notesWith({ read: NOW - age, ...notes }), { lacksRows: false, records: 0, isSaved: true, ...result }, NOW);

  it.each<[case_: string, result: Partial<Parameters<typeof isLate>[1]>, isLate: boolean]>([
    ['has too few requests for its rows', { lacksRows: true }, true],
    ['has too few requests for its rows, but returns records', { lacksRows: true, records: 1 }, false],
    ['cannot save its notes', { isSaved: false }, true],
    ['cannot save its notes, so that each poll returns the same records', { isSaved: false, records: 1 }, true],
    ['does all of it', {}, false],
  ])('if it %s for more than 40 minutes: %#', (_case, result, expected) => {
    expect([lateWith(40 * MINUTE, result), lateWith(40 * MINUTE + 1, result)]).toEqual([false, expected]);
  });

  it('since the notes began if no rows were read', () => {
    expect(lateWith(HOUR, { isSaved: false }, { since: NOW - MINUTE })).toBe(false);
  });
});
