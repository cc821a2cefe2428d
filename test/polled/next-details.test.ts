/** The order in which polls read details. */

import { describe, expect, it } from '@jest/globals';

import type { Poll } from '../../src/polled/due-rows.ts';
import { inOrder, inTurn, isDueUntilSoon } from '../../src/polled/next-details.ts';

describe('the order of details', () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const NOW = Date.parse('2026-10-21T09:00:00Z');
  const pollOver = (from: number, to: number): Poll => ({
    readRows: () => Promise.resolve([]),
    momentOf: () => NaN,
    span: { from: NOW + from, to: NOW + to },
    isDue: () => true,
  });
  const ended = pollOver(-48 * HOUR, 0);
  const starting = pollOver(1, 24 * HOUR);
  const marksAt = (...times: number[]) => times.map((time, index) => ({ rowId: String(index), at: NOW + time }));
  const idsOf = (marks: readonly { readonly rowId: string }[] | null) => marks?.map(({ rowId }) => rowId);

  it('starts with the oldest', () => {
    expect(idsOf(inOrder(marksAt(-HOUR, -5 * HOUR, -2 * HOUR), ended, 0, NOW))).toEqual(['1', '2', '0']);
  });

  it('ends with what was due before lost notes began, unless it stops being due soon', () => {
    const marks = marksAt(-5 * HOUR, -10 * MINUTE, -47.8 * HOUR);
    expect(idsOf(inOrder(marks, ended, NOW - HOUR, NOW))).toEqual(['2', '1', '0']);
    // An hour before the notes began
    const [atHour, earlier] = [NOW - 3 * HOUR, NOW - 3 * HOUR - 1].map((at, index) => ({ rowId: String(index), at }));
    expect(
      inOrder(
        [earlier, atHour].flatMap((mark) => mark ?? []),
        ended,
        NOW - 2 * HOUR,
        NOW,
      ),
    ).toEqual([atHour, earlier]);
  });

  it('calls half an hour before a record stops being due soon', () => {
    const [soon, later] = marksAt(-47.5 * HOUR, -47.5 * HOUR + 1);
    expect([soon, later].map((mark) => mark && isDueUntilSoon(mark, ended, NOW))).toEqual([true, false]);
  });

  it('reaches each record in its turn without notes', () => {
    const marks = marksAt(...Array.from({ length: 300 }, () => 5 * HOUR));
    const reached = new Set<string>();
    for (let turn = 0; turn < 32; turn++) {
      const next = inTurn(marks, starting, 20, NOW + turn * 15 * MINUTE) ?? [];
      expect(next.length).toBeLessThanOrEqual(20);
      for (const { rowId } of next) reached.add(rowId);
    }
    expect(reached.size).toBe(300);
  });

  it('always includes what stops being due soon without notes', () => {
    const marks = [...marksAt(10 * MINUTE), ...marksAt(...Array.from({ length: 60 }, () => 5 * HOUR))];
    for (let turn = 0; turn < 8; turn++) {
      expect(inTurn(marks, starting, 20, NOW + turn * 15 * MINUTE)?.[0]).toBe(marks[0]);
    }
  });

  it.each([
    ['soon', marksAt(...Array.from({ length: 21 }, () => MINUTE)), starting],
    ['soon, and others wait', marksAt(...Array.from({ length: 20 }, () => MINUTE), 2 * HOUR), starting],
    ['in two hours', marksAt(...Array.from({ length: 161 }, () => -HOUR)), pollOver(-2 * HOUR, 0)],
    ['in time', marksAt(...Array.from({ length: 81 }, () => -HOUR)), { ...ended, inTimeMs: HOUR }],
  ])('is none without notes if too much is due %s', (_when, marks, overloaded) => {
    expect(inTurn(marks, overloaded, 20, NOW)).toBeNull();
  });

  it.each([
    ['is due soon', marksAt(...Array.from({ length: 20 }, () => MINUTE)), starting, 20],
    ['fits', marksAt(...Array.from({ length: 20 }, () => -HOUR)), { ...ended, inTimeMs: MINUTE }, 20],
    [
      'is reached in four turns within an hour',
      marksAt(...Array.from({ length: 80 }, () => -HOUR)),
      { ...ended, inTimeMs: HOUR },
      20,
    ],
    [
      'is reached in eight turns within two hours',
      marksAt(...Array.from({ length: 160 }, () => -HOUR)),
      pollOver(-2 * HOUR, 0),
      20,
    ],
  ])('reaches everything without notes if it %s', (_which, marks, poll, count) => {
    expect(inTurn(marks, poll, 20, NOW)).toHaveLength(count);
  });
});
