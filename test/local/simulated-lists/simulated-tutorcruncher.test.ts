import { describe, expect, it } from '@jest/globals';

import type { RecordState } from '../../../local/simulated-lists/polled-list.ts';
import { CLOCKS_CHANGE, MINUTE, WEEK_START } from '../../../local/simulated-lists/simulated-time.ts';
import { SimulatedTutorCruncher } from '../../../local/simulated-lists/simulated-tutorcruncher.ts';
import type { JsonObject } from '../../../wire/json.ts';

const NO_OUTAGE = { from: Infinity, to: Infinity };

/** Returns the state of a record that has existed since before the simulation, at an hour of its list. */
const state = (id: number, hour: number, changes: Partial<RecordState> = {}): RecordState => ({
  id,
  from: 0,
  isDeleted: false,
  time: Date.parse('2026-10-21T00:00:00Z') + hour * 60 * MINUTE,
  sortedBy: hour,
  filters: {},
  rows: { summer: () => ({ id, season: 'summer' }), winter: () => ({ id, season: 'winter' }) },
  detailOf: (row) => ({ ...row, detail: true }),
  ...changes,
});

const tutorCruncherWith = (states: readonly RecordState[], outage = NO_OUTAGE) =>
  new SimulatedTutorCruncher([{ path: 'lessons', states }], outage);

const get = (tutorCruncher: SimulatedTutorCruncher, path: string, timeoutMs?: number) =>
  tutorCruncher.respond(new URL(`https://tc.example/api/${path}`), timeoutMs);

/** Requests a page of lessons. Returns the ids of its rows. */
async function idsOf(tutorCruncher: SimulatedTutorCruncher, search = ''): Promise<unknown[]> {
  const { data } = await get(tutorCruncher, `lessons/${search}`);
  return ((data as JsonObject).results as JsonObject[]).map(({ id }) => id);
}

describe('a list', () => {
  it.each([
    ['', [4, 3, 2, 1, 9]],
    ['?start_gte=2026-10-21T02:00:00Z', [4, 3, 2]],
    ['?start_lte=2026-10-21T02:00:00Z', [2, 1]],
    ['?start_gte=2026-10-21T02:00:00Z&start_lte=2026-10-21T03:00:00Z', [3, 2]],
    ['?status=planned', [4, 3, 1, 9]],
    ['?status=planned&job=7', [4, 1, 9]],
    ['?status=planned&start_gte=2026-10-21T02:00:00Z', [4, 3]],
  ])('with the filters "%s" has the records %j, the last first', async (search, ids) => {
    const tutorCruncher = tutorCruncherWith([
      state(2, 2, { filters: { status: 'cancelled' } }),
      state(4, 4, { filters: { status: 'planned' } }),
      state(1, 1),
      state(9, 0, { time: NaN }),
      state(3, 3, { filters: { status: 'planned', job: '8' } }),
    ]);
    expect(await idsOf(tutorCruncher, search)).toEqual(ids);
  });

  const LONG = Array.from({ length: 200 }, (_, index) => state(1000 - index, 200 - index));

  it.each<[search: string, count: number, first: number, last: number, next: string | null]>([
    ['', 200, 1000, 901, 'next'],
    ['?page=1', 200, 1000, 901, 'next'],
    ['?page=2', 200, 900, 801, null],
    ['?start_gte=2026-10-25T02:00:00Z', 103, 1000, 901, 'next'],
    ['?start_gte=2026-10-25T02:00:00Z&page=2', 103, 900, 898, null],
  ])('has 100 rows on a page: "%s"', async (search, count, first, last, next) => {
    const { status, data } = await get(tutorCruncherWith(LONG), `lessons/${search}`);
    const ids = Array.from({ length: first - last + 1 }, (_, index) => first - index);
    const results = ids.map((id) => ({ id, season: 'summer' }));
    expect({ status, data }).toEqual({ status: 200, data: { count, next, results } });
  });

  it('responds with status 404 after the last page, but not to a request for the first page', async () => {
    for (const [states, page] of [
      [LONG, 3],
      [[], 2],
    ] as const) {
      expect(await get(tutorCruncherWith(states), `lessons/?page=${page}`)).toEqual({
        status: 404,
        data: { detail: 'Invalid page.' },
      });
    }
    expect(await get(tutorCruncherWith([]), 'lessons/')).toEqual({
      status: 200,
      data: { count: 0, next: null, results: [] },
    });
  });
});

describe('a record', () => {
  it('has its details if it exists, and status 404 otherwise', async () => {
    const tutorCruncher = tutorCruncherWith([state(1, 1), state(2, 2, { isDeleted: true })]);
    expect(await get(tutorCruncher, 'lessons/1/')).toEqual({
      status: 200,
      data: { id: 1, season: 'summer', detail: true },
    });
    for (const path of ['lessons/2/', 'lessons/3/', 'clients/1/', 'clients/', 'branch']) {
      expect(await get(tutorCruncher, path)).toEqual({ status: 404, data: {} });
    }
  });

  it('has times in the format of winter from the moment at which the clocks change', async () => {
    const tutorCruncher = tutorCruncherWith([state(1, 1)]);
    for (const [now, season] of [
      [CLOCKS_CHANGE - 1, 'summer'],
      [CLOCKS_CHANGE, 'winter'],
    ] as const) {
      tutorCruncher.now = now;
      expect((await get(tutorCruncher, 'lessons/')).data).toMatchObject({ results: [{ season }] });
      tutorCruncher.now = now;
      expect((await get(tutorCruncher, 'lessons/1/')).data).toMatchObject({ season });
    }
  });

  it.each<[change: string, next: RecordState, filtered: number[], all: number[]]>([
    ['stays in its place', state(2, 2, { filters: { status: 'done' } }), [3, 1], [3, 2, 1]],
    ['is moved to the top', state(2, 9), [2, 3, 1], [2, 3, 1]],
    ['is moved to the end', state(2, 0), [3, 1, 2], [3, 1, 2]],
    ['is deleted', state(2, 2, { isDeleted: true }), [3, 1], [3, 1]],
    ['is deleted and would be elsewhere', state(2, 9, { isDeleted: true }), [3, 1], [3, 1]],
    ['is added', state(4, 2.5), [3, 4, 2, 1], [3, 4, 2, 1]],
  ])('shows a change from its moment on: %s', async (_change, next, filtered, all) => {
    const at = WEEK_START + MINUTE;
    // The order of states in the test data does not matter.
    const tutorCruncher = tutorCruncherWith([{ ...next, from: at }, state(1, 1), state(2, 2), state(3, 3)]);
    const search = '?status=planned';
    tutorCruncher.now = at - 1;
    expect([await idsOf(tutorCruncher, search)]).toEqual([[3, 2, 1]]);
    tutorCruncher.now = at;
    expect(await idsOf(tutorCruncher, search)).toEqual(filtered);
    expect(await idsOf(tutorCruncher)).toEqual(all);
    const { status } = await get(tutorCruncher, 'lessons/2/');
    expect(status).toBe(next.id === 2 && next.isDeleted ? 404 : 200);
  });

  it('matches limits by its new time after a change', async () => {
    const tutorCruncher = tutorCruncherWith([state(1, 1), state(1, 9, { from: WEEK_START + 1 })]);
    const search = '?start_gte=2026-10-21T05:00:00Z';
    expect(await idsOf(tutorCruncher, search)).toEqual([]);
    expect(await idsOf(tutorCruncher, search)).toEqual([1]);
  });

  it('keeps its place among others in the same place, and can be deleted from it', async () => {
    const tutorCruncher = tutorCruncherWith([
      ...[1, 2, 3, 4].map((id) => state(id, 5)),
      state(2, 5, { from: WEEK_START + 1, filters: { status: 'done' } }),
      state(3, 5, { from: WEEK_START + 300, isDeleted: true }),
    ]);
    const before = await idsOf(tutorCruncher);
    expect(before.toSorted()).toEqual([1, 2, 3, 4]);
    expect(await idsOf(tutorCruncher)).toEqual(before);
    expect(await idsOf(tutorCruncher)).toEqual(before.filter((id) => id !== 3));
  });
});

describe('a response', () => {
  it.each([
    [null, Infinity, 250],
    [2_000, Infinity, 2_000],
    [2_000, 2_000, 2_000],
  ])('of %p ms within a timeout of %d ms takes %d ms', async (slowMs, timeoutMs, ms) => {
    const tutorCruncher = tutorCruncherWith([]);
    tutorCruncher.slowMs = slowMs;
    expect((await get(tutorCruncher, 'lessons/', timeoutMs)).status).toBe(200);
    expect(tutorCruncher.now - WEEK_START).toBe(ms);
  });

  it('fails after the timeout if it takes longer', async () => {
    const tutorCruncher = tutorCruncherWith([]);
    tutorCruncher.slowMs = 2_001;
    await expect(get(tutorCruncher, 'lessons/', 2_000)).rejects.toMatchObject({
      name: 'FetchError',
      type: 'request-timeout',
    });
    expect(tutorCruncher.now - WEEK_START).toBe(2_000);
  });

  it('fails during the outage', async () => {
    const outage = { from: WEEK_START + MINUTE, to: WEEK_START + 2 * MINUTE };
    const tutorCruncher = tutorCruncherWith([], outage);
    const failsAt = (now: number) => {
      tutorCruncher.now = now;
      return get(tutorCruncher, 'lessons/').then(
        () => false,
        (error: unknown) => error instanceof Error && error.name === 'FetchError',
      );
    };
    expect([await failsAt(outage.from - 1), await failsAt(outage.from)]).toEqual([false, true]);
    expect([await failsAt(outage.to - 1), await failsAt(outage.to)]).toEqual([true, false]);
  });

  it('fails after the last of the remaining requests', async () => {
    const tutorCruncher = tutorCruncherWith([]);
    tutorCruncher.requestsLeft = 1;
    expect((await get(tutorCruncher, 'lessons/')).status).toBe(200);
    for (let again = 0; again < 2; again++) {
      await expect(get(tutorCruncher, 'lessons/')).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('counts in the minute of its request, even if it fails', async () => {
    const tutorCruncher = tutorCruncherWith([], { from: WEEK_START + MINUTE, to: Infinity });
    for (const now of [WEEK_START, WEEK_START + MINUTE - 1, WEEK_START + MINUTE]) {
      tutorCruncher.now = now;
      await get(tutorCruncher, 'lessons/').catch(() => null);
    }
    const minute = WEEK_START / MINUTE;
    expect([...tutorCruncher.perMinute]).toEqual([
      [minute, 2],
      [minute + 1, 1],
    ]);
  });
});

it('waits that begin at the same moment end at the same moment', async () => {
  const tutorCruncher = tutorCruncherWith([]);
  await Promise.all([tutorCruncher.wait(3_000), tutorCruncher.wait(2_000)]);
  expect(tutorCruncher.now - WEEK_START).toBe(3_000);
  await tutorCruncher.wait(2_000);
  expect(tutorCruncher.now - WEEK_START).toBe(5_000);
});
