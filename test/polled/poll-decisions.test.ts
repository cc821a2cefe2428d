/**
 * The decisions of a poll: to leave the requests of a minute to a Zap whose records are not due for much longer, to read
 * its list again, and to tell of missed records.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { changeNote, readNote } from '../../src/polled/connection-note.ts';
import type { LivePoll, ReadRecord } from '../../src/polled/details.ts';
import type { Poll, Span } from '../../src/polled/due-rows.ts';
import { pollWithNotes } from '../../src/polled/poll-with-notes.ts';
import { newNotes, type ZapNotes } from '../../src/polled/zap-notes.ts';
import { PRIVATE_KEY } from '../helpers.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-10-21T09:00:00Z');
const OWN = '17';
const OTHER = '18';
const bundle = { authData: { private_key: PRIVATE_KEY } } as unknown as Bundle;

let z: ZObject;
let written: ZapNotes | null;
beforeEach(() => {
  const entries = new Map<string, unknown>();
  const cache = {
    get: (key: string) => Promise.resolve(entries.get(key) ?? null),
    set: (key: string, value: unknown) => Promise.resolve(Boolean(entries.set(key, value))),
  };
  z = { cache } as unknown as ZObject;
  written = null;
});

/** A record that stops being due this many milliseconds after now. */
const dueFor = (time: number, id = 1) => ({ id, at: NOW - 2 * HOUR + time });
const markOf = ({ id, at }: ReturnType<typeof dueFor>) => ({ rowId: String(id), at });

/** A poll of a Zap, whose rows are read every 24 seconds. */
interface Polled {
  readonly rows?: readonly ReturnType<typeof dueFor>[];
  /** Rows of records that are not due any more. */
  readonly pastRows?: readonly ReturnType<typeof dueFor>[];
  /** Differences from notes that were read a minute ago. */
  readonly notes?: Partial<ZapNotes>;
  readonly requestsLeft?: number;
  readonly canWriteNotes?: boolean;
}

/**
 * Polls.
 * @returns the outcome, the span of the past rows that were read, and whether the poll might use a wide minute for its rows
 * and for the details
 */
async function poll({ rows = [], pastRows = [], notes = {}, requestsLeft = 50, canWriteNotes = true }: Polled) {
  let left = requestsLeft;
  let canWidenForRows = false;
  let past: Span | null = null;
  const ration = {
    canWiden: false,
    spent: 0,
    reserve: (count: number) => Promise.resolve(Math.min(count, left)),
    use: (count: number) => {
      left -= count;
    },
  };
  const definition: Poll = {
    readRows: () => {
      canWidenForRows = ration.canWiden;
      return Promise.resolve([...rows]);
    },
    readPastRows: ({ span }) => {
      past = span;
      return Promise.resolve([...pastRows]);
    },
    momentOf: ({ at }) => Number(at),
    span: { from: NOW - 2 * HOUR, to: NOW },
    isDue: () => true,
  };
  const live = {
    poll: definition,
    run: { z, bundle, elapsed: 0 },
    ration,
    now: NOW,
    requestsPerRecord: 1,
    readDetails: ({ rowId, at }: { rowId: string; at: number }) =>
      Promise.resolve({ rowId, at, id: rowId, row: {}, runs: [{}] }),
    parallel: 10,
  };
  const store = {
    write: (after: ZapNotes) => {
      if (canWriteNotes) written = after;
      return Promise.resolve(canWriteNotes);
    },
  };
  const before = { ...newNotes(NOW - HOUR, []), read: NOW - MINUTE, polled: NOW - MINUTE, ...notes };
  const zap = { id: OWN, store } as unknown as Parameters<typeof pollWithNotes>[1];
  const outcome = await pollWithNotes(live as unknown as LivePoll<ReadRecord>, zap, before);
  const ids = 'found' in outcome ? outcome.found.map(({ rowId }) => rowId) : outcome.missed;
  return { ids, past, canWidenForRows, canWiden: ration.canWiden };
}

const hurryOf = (zapId: string, until: number) => changeNote(z, bundle, { hurry: { zapId, until } });
const hurryNow = async () => (await readNote(z, bundle)).hurry;

describe('while another Zap is in a hurry, a poll', () => {
  it('returns nothing and remembers nothing', async () => {
    await hurryOf(OTHER, NOW + 1);
    expect((await poll({ rows: [dueFor(HOUR)] })).ids).toEqual([]);
    expect([written, await hurryNow()]).toEqual([null, { zapId: OTHER, until: NOW + 1 }]);
  });

  it.each([
    ['the other Zap has had its time', OTHER, NOW],
    ['the Zap itself is in a hurry', OWN, NOW + MINUTE],
  ])('returns records if %s', async (_why, zapId, until) => {
    await hurryOf(zapId, until);
    expect((await poll({ rows: [dueFor(HOUR)] })).ids).toEqual(['1']);
  });

  it('returns records if one that waits is due for half an hour or less', async () => {
    await hurryOf(OTHER, NOW + MINUTE);
    const pollWaiting = async (time: number) =>
      (await poll({ rows: [dueFor(time)], notes: { waiting: [markOf(dueFor(time))] } })).ids;
    expect([await pollWaiting(HOUR / 2 + 1), await pollWaiting(HOUR / 2)]).toEqual([[], ['1']]);
    // It is not due any more.
    expect(await pollWaiting(-1)).toEqual([]);
  });

  it.each([
    ['short list', 1, 7.5 * MINUTE],
    ['list that takes ten requests', 10, 8 * MINUTE],
  ])('returns records if its %s was read long ago', async (_which, rowRequests, time) => {
    await hurryOf(OTHER, NOW + MINUTE);
    const pollAfter = async (age: number) =>
      (await poll({ rows: [dueFor(HOUR)], notes: { read: NOW - age, rowRequests } })).ids;
    expect([await pollAfter(time - 1), await pollAfter(time)]).toEqual([[], ['1']]);
  });
});

describe('a Zap is in a hurry', () => {
  it.each([
    ['for its usual pause and a minute', MINUTE, 2 * MINUTE],
    ['for 16 minutes at most', HOUR, 16 * MINUTE],
  ])('%s if a record that is not due for much longer still waits', async (_time, pause, hurry) => {
    const rows = [dueFor(MINUTE), dueFor(MINUTE, 2)];
    expect((await poll({ rows, requestsLeft: 1, notes: { polled: NOW - pause } })).ids).toEqual(['1']);
    expect(await hurryNow()).toEqual({ zapId: OWN, until: NOW + hurry });
  });

  it('if it could not read a list that was read long ago, and wants more requests for it then', async () => {
    const notes = { read: NOW - 8 * MINUTE, rowRequests: 3 };
    await poll({ notes, requestsLeft: 2 });
    expect([await hurryNow(), written?.rowRequests]).toEqual([{ zapId: OWN, until: NOW + 2 * MINUTE }, 5]);
    await poll({ notes: { ...notes, rowRequests: 9 }, requestsLeft: 2 });
    expect(written?.rowRequests).toBe(9);
  });

  it('no more when nothing is pressing', async () => {
    for (const changes of [
      { notes: { read: NOW - 2 * MINUTE }, requestsLeft: 0 },
      { notes: { read: NOW - HOUR } },
      { rows: [dueFor(HOUR)] },
    ]) {
      await hurryOf(OWN, NOW + MINUTE);
      await poll(changes);
      expect(await hurryNow()).toBeNull();
    }
    await hurryOf(OTHER, NOW);
    await poll({ rows: [dueFor(HOUR)] });
    expect(await hurryNow()).toEqual({ zapId: OTHER, until: NOW });
  });
});

describe('a poll may use a wide minute', () => {
  it.each<[case_: string, polled: Polled, canWidenForRows: boolean, canWiden: boolean]>([
    ['after five minutes', { notes: { polled: NOW - 5 * MINUTE } }, false, false],
    ['after more than five minutes', { notes: { polled: NOW - 5 * MINUTE - 1 } }, true, true],
    ['if a record that waits is not due for much longer', { notes: { waiting: [markOf(dueFor(1))] } }, true, true],
    ['if a record that has become due is not due for much longer', { rows: [dueFor(1)] }, false, true],
    ['if all records are due for longer', { rows: [dueFor(HOUR)] }, false, false],
  ])('%s: %#', async (_case, polled, canWidenForRows, canWiden) => {
    expect(await poll(polled)).toMatchObject({ canWidenForRows, canWiden });
  });
});

describe('the list of a Zap', () => {
  it.each([
    [1, 24_000],
    [2, 48_000],
    [100, 30 * MINUTE],
  ])('that takes %d requests is read again after %d ms', async (rowRequests, time) => {
    const pollAfter = async (age: number) =>
      (await poll({ rows: [dueFor(HOUR)], notes: { read: NOW - age, rowRequests }, requestsLeft: 200 })).ids;
    expect([await pollAfter(time - 1), await pollAfter(time)]).toEqual([[], ['1']]);
  });

  it('is not read with fewer requests than it took', async () => {
    const pollWith = async (requestsLeft: number) =>
      (await poll({ rows: [dueFor(HOUR)], notes: { rowRequests: 2 }, requestsLeft })).ids;
    expect([await pollWith(1), await pollWith(2)]).toEqual([[], ['1']]);
  });
});

describe('missed records', () => {
  const notes = { missed: [7], read: NOW };

  it('are looked for among the rows that are not due any more, and add to records that are not told yet', async () => {
    const missed = dueFor(-1);
    const { ids, past } = await poll({ pastRows: [missed], notes: { missed: [7], read: NOW - HOUR } });
    expect(ids).toEqual([7, missed.at]);
    expect(past).toEqual({ from: NOW - 3 * HOUR, to: NOW - 2 * HOUR - 1 });
  });

  it('are told once, and the waiting records of this poll are left to the next one', async () => {
    expect((await poll({ notes: { ...notes, waiting: [markOf(dueFor(HOUR))] } })).ids).toEqual([7]);
    expect(written).toMatchObject({ missed: [], polled: NOW, waiting: [markOf(dueFor(HOUR))] });
  });

  it.each<[case_: string, polled: Polled]>([
    ['the notes cannot be written', { notes: { ...notes, waiting: [markOf(dueFor(HOUR))] }, canWriteNotes: false }],
    ['another record would be missed', { notes: { ...notes, waiting: [markOf(dueFor(MINUTE))] } }],
  ])('are told by a later poll if %s', async (_case, polled) => {
    expect((await poll(polled)).ids).toEqual(['1']);
    expect(written?.missed ?? [7]).toEqual([7]);
  });
});

describe('the notes of a Zap', () => {
  it('are written only if something has changed', async () => {
    await poll({ notes: { read: NOW } });
    expect(written).toBeNull();
    await poll({ notes: { read: NOW, waiting: [markOf(dueFor(HOUR))] } });
    expect(written).toMatchObject({ waiting: [], done: [markOf(dueFor(HOUR))], polled: NOW });
  });
});

describe('the facts of a connection', () => {
  const failing = {
    cache: { get: () => Promise.reject(new Error('rpc')), set: () => Promise.reject(new Error('rpc')) },
  } as unknown as ZObject;

  it('are the defaults if the cache has none, has another value or does not respond', async () => {
    const defaults = { wideMinutes: [], hurry: null, comparesStart: false };
    const other = { cache: { get: () => Promise.resolve('text') } } as unknown as ZObject;
    for (const own of [z, failing, other]) expect(await readNote(own, bundle)).toEqual(defaults);
    await expect(changeNote(failing, bundle, { comparesStart: true })).resolves.toBeUndefined();
  });

  it('keep their values when another fact changes', async () => {
    await changeNote(z, bundle, { comparesStart: true });
    await hurryOf(OTHER, NOW);
    expect(await readNote(z, bundle)).toEqual({
      wideMinutes: [],
      hurry: { zapId: OTHER, until: NOW },
      comparesStart: true,
    });
  });
});
