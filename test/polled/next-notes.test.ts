/** The notes of a Zap after its polls have read rows and details. */

import { describe, expect, it } from '@jest/globals';

import { withOutcomes, withoutRows, withRows } from '../../src/polled/next-notes.ts';
import { planDetails, stillDue } from '../../src/polled/plan.ts';
import { newNotes, type Mark, type ZapNotes } from '../../src/polled/zap-notes.ts';
import { dueFor, HOUR, idsOf, markOf, MINUTE, notesWith, NOW, POLL, WITH_MOMENT } from './two-hour-poll.ts';

const rowsRead = (rows: readonly ReturnType<typeof dueFor>[], pastRows: typeof rows | null = [], requests = 1) => ({
  rows,
  pastRows,
  requests,
  ms: 0,
});
/** Returns the notes after a poll has read these rows. */
const after = (notes: ZapNotes, rows: readonly ReturnType<typeof dueFor>[], poll = POLL): ZapNotes =>
  withRows(notes, { pastFrom: null }, rowsRead(rows), poll, NOW);

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
    'keep a record that is %s but no longer listed, until the record stops being due',
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

  it('contain missed records, and the time since when no error has reported them', () => {
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

  it('contain the time in which records may have been missed if the past contains too many records', () => {
    const read = rowsRead([], null);
    expect(withRows(notesWith(), { pastFrom: 3 }, read, POLL, NOW)).toMatchObject({
      missed: [3, POLL.span.from - 1],
      isMissedCounted: false,
    });
  });
});

describe('the notes after a minute had too few requests', () => {
  it.each([
    ['none was sent', 3, 0, 3],
    ['some were sent, because the list has grown', 3, 10, 15],
    ['the list needs as many as a poll may read', 39, 38, 40],
  ])('request enough for the rows: %s', (_case, rowRequests, sent, wanted) => {
    expect(withoutRows(notesWith({ rowRequests, lacks: 1 }), sent)).toMatchObject({ rowRequests: wanted, lacks: 2 });
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
  it('return each record once, and forget records that are no longer due', () => {
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
    // A record becomes due every quarter of an hour. Two hours, with both ends included, contain nine of these times.
    expect([Math.max(...sizes), stillDue(notes, POLL, NOW).length]).toEqual([9, 0]);
  });
});
