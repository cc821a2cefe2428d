/** The records that a Zap has missed, and the polls that can report these records. */

import { describe, expect, it } from '@jest/globals';

import type { Poll } from '../../src/polled/due-rows.ts';
import { forgottenMessage, missedAmong, missedFrom, missedMessage, mustTell } from '../../src/polled/missed-records.ts';
import { newNotes, type Mark, type ZapNotes } from '../../src/polled/zap-notes.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-10-21T09:00:00Z');

/** Returns a poll whose records are due for a time after their moment. */
const pollOver = (duration: number): Poll => ({
  readRows: () => Promise.resolve([]),
  momentOf: ({ at }) => Number(at),
  span: { from: NOW - duration, to: NOW },
  isDue: ({ isDue = true }) => isDue === true,
});
const markAt = (at: number): Mark => ({ rowId: '1', at });
const notesWith = (changes: Partial<ZapNotes>): ZapNotes => ({ ...newNotes(0), ...changes });

describe('the time from which records may have been missed', () => {
  const FROM = NOW - 2 * HOUR;

  it.each<[case_: string, read: number, waiting: readonly Mark[], from: number | null]>([
    ['after a usual pause', NOW - 20 * MINUTE, [], null],
    ['after a long pause', NOW - 20 * MINUTE - 1, [], FROM - 20 * MINUTE - 1],
    ['after the longest pause that is compared', NOW - 72 * HOUR, [], FROM - 48 * HOUR],
    ['if a record waited until it was not due any more', NOW - MINUTE, [markAt(FROM - 1)], FROM - MINUTE],
    ['if a record that waits is still due', NOW - MINUTE, [markAt(FROM)], null],
  ])('is known %s', (_case, read, waiting, from) => {
    expect(missedFrom(pollOver(2 * HOUR), notesWith({ read, waiting }), NOW)).toBe(from);
  });

  it('is counted from the time at which the notes began if rows were never read', () => {
    const fromSince = (since: number) => missedFrom(pollOver(2 * HOUR), notesWith({ since }), NOW);
    expect([fromSince(NOW - 20 * MINUTE), fromSince(NOW - HOUR)]).toEqual([null, FROM - HOUR]);
  });

  it('can follow from a shorter pause if records are due for a shorter time', () => {
    const short = pollOver(10 * MINUTE);
    const fromAfter = (pause: number) => missedFrom(short, notesWith({ read: NOW - pause }), NOW);
    expect([fromAfter(10 * MINUTE), fromAfter(11 * MINUTE)]).toEqual([null, NOW - 21 * MINUTE]);
  });
});

describe('a record of the past', () => {
  const READ = NOW - 3 * HOUR;
  /** Returns true if a record was missed. */
  const isMissed = (at: number, { poll = pollOver(2 * HOUR), row = {}, ...notes }: MissedCase = {}): boolean =>
    missedAmong([{ id: 1, at, ...row }], poll, notesWith({ read: READ, ...notes }), NOW).length > 0;

  interface MissedCase extends Partial<ZapNotes> {
    readonly poll?: Poll;
    readonly row?: { readonly isDue?: boolean };
  }

  it('was missed if it was still due long after the last reading, and otherwise counts as entered later', () => {
    const lastDue = READ - 2 * HOUR + 20 * MINUTE;
    expect([isMissed(lastDue + 1), isMissed(lastDue)]).toEqual([true, false]);
  });

  it('was missed if it became due after the last reading, even if it was due for a short time', () => {
    const short = { poll: pollOver(10 * MINUTE), read: NOW - 30 * MINUTE };
    expect([isMissed(NOW - 30 * MINUTE + 1, short), isMissed(NOW - 30 * MINUTE, short)]).toEqual([true, false]);
  });

  it('was missed if it waited for its details, and not if it has run the Zap', () => {
    const [early, late] = [READ - 2 * HOUR, NOW - 2 * HOUR - 1];
    expect([isMissed(early), isMissed(early, { waiting: [markAt(early)] })]).toEqual([false, true]);
    expect(isMissed(late)).toBe(true);
    for (const name of ['returned', 'known']) expect(isMissed(late, { [name]: [markAt(late)] })).toBe(false);
  });

  it('was missed only if it is not due any more', () => {
    expect([isMissed(NOW - 2 * HOUR - 1), isMissed(NOW - 2 * HOUR)]).toEqual([true, false]);
  });

  it('was missed only if it was due before, regardless of its current status', () => {
    const at = NOW - 2 * HOUR - 1;
    const row = { isDue: false };
    expect(isMissed(at, { row })).toBe(false);
    expect(isMissed(at, { row, poll: { ...pollOver(2 * HOUR), wasDue: () => true } })).toBe(true);
  });

  it('is reported by its moment', () => {
    const at = NOW - 2 * HOUR - 1;
    expect(missedAmong([{ id: 1, at }], pollOver(2 * HOUR), notesWith({ read: READ }), NOW)).toEqual([at]);
  });
});

describe('a poll that can report missed records', () => {
  /** Returns true if a poll reports missed records while a record stays due for some time. */
  const mayFailWith = (dueFor: number, pause: number, count = 1, notes: Partial<ZapNotes> = {}): boolean =>
    mustTell(
      notesWith({ missed: [1], untoldSince: NOW, ...notes }),
      Array.from({ length: count }, () => markAt(NOW - 2 * HOUR + dueFor)),
      pollOver(2 * HOUR),
      notesWith({ saved: NOW - pause }),
      NOW,
    );

  it('reports nothing if no record was missed', () => {
    expect(mayFailWith(HOUR, MINUTE, 0, { missed: [] })).toBe(false);
  });

  it('waits for half an hour at most', () => {
    const waits = [30 * MINUTE - 1, 30 * MINUTE].map((time) => mayFailWith(0, MINUTE, 99, { untoldSince: NOW - time }));
    expect(waits).toEqual([false, true]);
  });

  it.each([
    [5 * MINUTE, 7 * MINUTE],
    [15 * MINUTE, 17 * MINUTE],
    [60 * MINUTE, 17 * MINUTE],
  ])(
    'leaves the waiting records to the next poll, at most 15 minutes later, if they are due then: %d',
    (pause, due) => {
      expect([mayFailWith(due, pause), mayFailWith(due + 1, pause)]).toEqual([false, true]);
    },
  );

  it('leaves at most 30 records to the next poll', () => {
    const counts = [0, 30, 31].map((count) => mayFailWith(HOUR, MINUTE, count));
    expect(counts).toEqual([true, true, false]);
  });
});

describe('the message about missed records', () => {
  const AT = 'Wed 21 Oct 2026, 09:00';

  it.each([
    [[NOW], `for 1 task (${AT})`, 'could not read it in time'],
    [[NOW, NOW], `for 2 tasks (${AT})`, 'could not read them in time'],
    [[NOW, NOW - HOUR, NOW + HOUR], 'for 3 tasks (from Wed 21 Oct 2026, 08:00 to Wed 21 Oct 2026, 10:00)', 'them'],
    [Array<number>(1_200).fill(NOW), `for 1,200 tasks (${AT})`, 'them'],
  ])('states their number and their times: %#', (moments, count, them) => {
    const message = missedMessage(notesWith({ missed: moments }), 'task', NEUTRAL_LOCALE, pollOver(HOUR));
    expect(message).toContain(count);
    expect(message).toContain(them);
    expect(forgottenMessage(moments, 'task', NEUTRAL_LOCALE, pollOver(HOUR))).toContain(count);
  });

  it('states that their number is unknown if they could not be counted', () => {
    const notes = notesWith({ missed: [NOW - HOUR, NOW], isMissedCounted: false });
    expect(missedMessage(notes, 'task', NEUTRAL_LOCALE, pollOver(HOUR))).toMatch(
      /^This Zap has not run for an unknown number of tasks \(from .+ to .+\), .+ could not read them in time\./,
    );
  });

  it('says what to check first, if the rows alone do not show that the Zap would have run', () => {
    const messageFor = (poll: Poll) => missedMessage(notesWith({ missed: [NOW] }), 'task', NEUTRAL_LOCALE, poll);
    expect(messageFor(pollOver(HOUR))).toContain(' in time. Do by hand what the Zap would have done. Either');
    expect(messageFor({ ...pollOver(HOUR), toCheck: 'Open the job.' })).toContain(
      ' in time. Open the job. Then do by hand what the Zap would have done. Either',
    );
  });
});
