/** The decisions of a poll: the rows and details that it reads, and the notes that follow. */

import { describe, expect, it } from '@jest/globals';

import type { Poll } from '../../src/polled/due-rows.ts';
import { isLate, planDetails, planRows, stillDue, withOutcomes, withoutRows, withRows } from '../../src/polled/plan.ts';
import { newNotes, type Mark, type ZapNotes } from '../../src/polled/zap-notes.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-10-21T09:00:00Z');

/** A poll whose records are due for two hours after their moment. */
const POLL: Poll = {
  readRows: () => Promise.resolve([]),
  momentOf: ({ at }) => Number(at),
  span: { from: NOW - 2 * HOUR, to: NOW },
  isDue: ({ isDue = true }) => isDue === true,
};
/** A poll whose ids contain the moment. */
const WITH_MOMENT: Poll = { ...POLL, idEnd: ({ at }) => String(at) };

/** Returns a record that stops being due this many milliseconds after now. */
const dueFor = (time: number, id = 1) => ({ id, at: NOW - 2 * HOUR + time });
const markOf = ({ id, at }: ReturnType<typeof dueFor>): Mark => ({ rowId: String(id), at });
const idsOf = (marks: readonly Mark[]) => marks.map(({ rowId }) => rowId);
const notesWith = (changes: Partial<ZapNotes> = {}): ZapNotes => ({
  ...newNotes(NOW - HOUR, []),
  read: NOW - 10 * MINUTE,
  ...changes,
});
const rowsRead = (rows: readonly ReturnType<typeof dueFor>[], pastRows: typeof rows | null = [], requests = 1) => ({
  rows,
  pastRows,
  requests,
  ms: 0,
});
/** Returns the notes after a poll has read these rows. */
const after = (notes: ZapNotes, rows: readonly ReturnType<typeof dueFor>[], poll = POLL): ZapNotes =>
  withRows(notes, { pastFrom: null }, rowsRead(rows), poll, NOW);

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

  it.each([
    ['none was sent', 3, 0, 3],
    ['some were sent, because the list has grown', 3, 10, 15],
    ['the list needs as many as a poll may read', 39, 38, 40],
  ])('want enough requests after a minute had too few: %s', (_case, rowRequests, sent, wanted) => {
    expect(withoutRows(notesWith({ rowRequests, lacks: 1 }), sent)).toMatchObject({ rowRequests: wanted, lacks: 2 });
  });
});

describe('the notes after rows were read', () => {
  it('contain the due records that need a run, and forget earlier attempts', () => {
    const [known, returned, fresh] = [dueFor(HOUR, 1), dueFor(HOUR, 2), dueFor(HOUR, 3)];
    const notes = notesWith({ known: [markOf(known)], returned: [markOf(returned)], lacks: 2, rowRequests: 9 });
    expect(after(notes, [known, returned, fresh, dueFor(-1, 4)])).toMatchObject({
      known: [markOf(known)],
      returned: [markOf(returned)],
      waiting: [markOf(fresh)],
      read: NOW,
      saved: NOW,
      lacks: 0,
      rowRequests: 1,
    });
  });

  it.each(['known', 'returned'] as const)(
    'keep a record that is %s while it is not listed, until it would end',
    (name) => {
      const marks = [markOf(dueFor(0)), markOf(dueFor(-1, 2))];
      expect(after(notesWith({ [name]: marks }), [])[name]).toEqual([markOf(dueFor(0))]);
    },
  );

  it('know a record whose moment has changed, unless its id contains the moment', () => {
    const [before, now] = [dueFor(HOUR), dueFor(HOUR / 2)];
    const notes = notesWith({ returned: [markOf(before)] });
    expect(after(notes, [now])).toMatchObject({ returned: [markOf(now)], waiting: [] });
    expect(after(notes, [now], WITH_MOMENT)).toMatchObject({ returned: [markOf(before)], waiting: [markOf(now)] });
    const reminders = [{ afterMs: 0, idEnd: '1', fields: {} }];
    expect(after(notes, [now], { ...POLL, reminders })).toMatchObject({ waiting: [markOf(now)] });
  });

  it('do not know which records were due if the notes were lost', () => {
    expect(after(notesWith({ known: null }), [dueFor(HOUR)])).toMatchObject({
      known: null,
      waiting: [markOf(dueFor(HOUR))],
    });
  });

  it('contain missed records until an error tells of them, and since when', () => {
    const notes = notesWith({ read: NOW - HOUR, missed: [7], untoldSince: 5 });
    const read = rowsRead([], [dueFor(-1)]);
    expect(withRows(notes, { pastFrom: 0 }, read, POLL, NOW)).toMatchObject({
      missed: [7, dueFor(-1).at],
      untoldSince: 5,
      isMissedCounted: true,
    });
    expect(withRows({ ...notes, missed: [], untoldSince: 0 }, { pastFrom: 0 }, read, POLL, NOW).untoldSince).toBe(NOW);
    expect(after(notesWith(), []).untoldSince).toBe(0);
  });

  it('contain the time in which records may have been missed if the past has too many', () => {
    const read = rowsRead([], null);
    expect(withRows(notesWith(), { pastFrom: 3 }, read, POLL, NOW)).toMatchObject({
      missed: [3, POLL.span.from - 1],
      isMissedCounted: false,
    });
  });
});

describe('the details of a poll', () => {
  const planFor = (rows: readonly ReturnType<typeof dueFor>[], notes: Partial<ZapNotes> = {}) => {
    const { first, again } = planDetails(notesWith({ waiting: rows.map(markOf), ...notes }), POLL, NOW);
    return [idsOf(first), idsOf(again)];
  };
  /** Notes that were lost 15 minutes ago. */
  const LOST = { known: null, since: NOW - 15 * MINUTE };
  /** A record that became due this many milliseconds before the notes were lost. */
  const dueBeforeLoss = (time: number, id = 1) => dueFor(2 * HOUR - 15 * MINUTE - time, id);

  it('are those of records that are still due. Those that stop being due first come first', () => {
    expect(planFor([dueFor(HOUR, 1), dueFor(0, 2), dueFor(-1, 3), dueFor(MINUTE, 4)])).toEqual([['2', '4', '1'], []]);
  });

  it('come last for records that were due an hour before the notes were lost, unless they stop being due soon', () => {
    expect(planFor([dueBeforeLoss(HOUR, 1), dueBeforeLoss(HOUR + 1, 2)], LOST)).toEqual([['1'], ['2']]);
    expect(planFor([dueBeforeLoss(HOUR + 1, 2)])).toEqual([['2'], []]);
    expect(planFor([dueFor(30 * MINUTE, 1), dueFor(30 * MINUTE + 1, 2)], LOST)).toEqual([['1'], ['2']]);
  });

  it('are those of five such records in a poll', () => {
    const rows = Array.from({ length: 7 }, (_, index) => dueBeforeLoss(HOUR + 10 - index, index));
    expect(planFor(rows, LOST)).toEqual([[], ['0', '1', '2', '3', '4']]);
  });
});

describe('the notes after details were read', () => {
  const [returned, gone, waiting] = [dueFor(HOUR, 1), dueFor(HOUR, 2), dueFor(HOUR, 3)].map(markOf) as [
    Mark,
    Mark,
    Mark,
  ];
  const notes = notesWith({ waiting: [returned, gone, waiting] });

  it('know the records that were returned, and do not know a record that was not due after all', () => {
    const outcomes = [
      { mark: returned, found: returned },
      { mark: gone, found: null },
    ];
    const result = withOutcomes(notes, outcomes, NOW);
    expect(result).toMatchObject({ returned: [returned], waiting: [waiting], saved: NOW });
    expect(idsOf(after(result, [dueFor(HOUR, 2)]).waiting)).toEqual(['2']);
  });

  it('know a record with both moments if it was moved after its row was read', () => {
    const moved = { ...returned, at: returned.at + MINUTE };
    expect(withOutcomes(notes, [{ mark: returned, found: moved }], NOW).returned).toEqual([returned, moved]);
  });
});

describe('over many polls, the notes', () => {
  it('return each record once, and forget what is not due any more', () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({ id: 1 + index, at: NOW + (index / 4) * HOUR }));
    let notes = newNotes(NOW, []);
    const [seen, sizes]: [string[], number[]] = [[], []];
    for (let hours = 0.25; hours <= 50; hours += 0.25) {
      const now = NOW + hours * HOUR;
      const poll = { ...POLL, span: { from: now - 2 * HOUR, to: now } };
      notes = withRows(notes, { pastFrom: null }, rowsRead(rows), poll, now);
      const next = planDetails(notes, poll, now).first;
      seen.push(...idsOf(next));
      notes = withOutcomes(
        notes,
        next.map((mark) => ({ mark, found: mark })),
        now,
      );
      sizes.push(notes.returned.length + notes.waiting.length);
    }
    expect([seen.length, new Set(seen).size]).toEqual([200, 200]);
    // In two hours, eight records become due, and one more is due at both ends of this time.
    expect([Math.max(...sizes), stillDue(notes, POLL, NOW).length]).toEqual([9, 0]);
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
