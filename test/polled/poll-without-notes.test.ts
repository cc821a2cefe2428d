/** Polls while Zapier's cache does not respond: the number of details that they read. */

import { describe, expect, it } from '@jest/globals';

import type { LivePoll, ReadRecord } from '../../src/polled/details.ts';
import { pollWithoutNotes } from '../../src/polled/poll-without-notes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-10-21T09:00:00Z');
const DAY = { from: NOW - 24 * HOUR, to: NOW };

/** Polls records that are due for an hour more, and records that are due for a minute more. */
async function pollFor(later: number, soon: number, requestsLeft = Infinity) {
  const rows = Array.from({ length: later + soon }, (_, index) => ({
    id: 1 + index,
    at: DAY.from + (index < soon ? MINUTE : HOUR),
  }));
  const reserved: number[] = [];
  const live = {
    now: NOW,
    poll: {
      readRows: () => Promise.resolve(rows),
      momentOf: ({ at }: { at: number }) => at,
      span: DAY,
      isDue: () => true,
    },
    run: { elapsed: 0 },
    ration: {
      canWiden: false,
      reserve: (count: number) => {
        reserved.push(count);
        return Promise.resolve(Math.min(count, requestsLeft));
      },
      use: () => undefined,
    },
    requestsPerRecord: 2,
    parallel: 100,
    readDetails: ({ rowId, at }: { rowId: string; at: number }) =>
      Promise.resolve({ rowId, at, id: rowId, row: {}, runs: [{}] }),
  };
  const outcome = await pollWithoutNotes(live as unknown as LivePoll<ReadRecord>);
  return { outcome, wanted: reserved[0], canWiden: live.ration.canWiden };
}

describe('a poll without notes', () => {
  it.each([
    ['all of a few records', 5, 0, 5],
    ['20 of many records', 100, 0, 20],
    ['20 of many records of which few stop being due soon', 100, 10, 20],
    ['10 more than stop being due soon', 100, 15, 25],
    ['at most 40 records', 100, 50, 40],
    ['no more records than are due', 3, 15, 18],
  ])('wants the details of %s', async (_which, later, soon, records) => {
    expect((await pollFor(later, soon)).wanted).toBe(2 * records);
  });

  it('reserves no requests if nothing is due', async () => {
    expect(await pollFor(0, 0)).toMatchObject({ outcome: { found: [] }, wanted: undefined });
  });

  it('returns the records that it has read, and may use a wide minute', async () => {
    const { outcome, canWiden } = await pollFor(5, 2);
    expect(canWiden).toBe(true);
    expect('found' in outcome && outcome.found.map(({ rowId }) => rowId).sort()).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
    ]);
  });

  it('tells how many records are due if it cannot reach all of them in time', async () => {
    expect((await pollFor(1, 2, 1)).outcome).toEqual({ tooMany: 3 });
    expect((await pollFor(0, 50)).outcome).toEqual({ tooMany: 50 });
    for (const [later, soon] of [
      [3, 0],
      [0, 3],
      [2, 1],
    ] as const) {
      expect((await pollFor(later, soon, 0)).outcome).toEqual({ tooMany: 3 });
    }
  });
});
