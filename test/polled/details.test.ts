/** The reading of details in a poll. */

import { describe, expect, it } from '@jest/globals';

import { outcomesOf, reserveDetails, type DetailsReading, type ReadRecord } from '../../src/polled/details.ts';
import { NoRequestsLeft, type Ration } from '../../src/api/ration.ts';

const PARALLEL = 2;
const marks = Array.from({ length: 31 }, (_, index) => ({ rowId: String(index), at: 0 }));

/** The circumstances of a reading. */
interface Reading {
  readonly failureOf?: (rowId: string) => Error | null;
  /** Milliseconds since the start of the poll. */
  readonly elapsed?: number;
  /** The number of requests that are left in the minute. */
  readonly requestsLeft?: number;
  /** Number of runs of a record. */
  readonly runsOf?: (rowId: string) => number;
}

/** Reads details of 31 records. @returns the records that were requested, and the records that were found */
async function read({ failureOf = () => null, elapsed = 0, requestsLeft = Infinity, runsOf = () => 1 }: Reading) {
  const requested: string[] = [];
  const reserved: number[] = [];
  let left = requestsLeft;
  const found = async (): Promise<string[]> => {
    const live = {
      run: { elapsed },
      ration: {
        reserve: (count: number) => {
          reserved.push(count);
          return Promise.resolve(Math.min(count, left));
        },
        spendReserved: (count: number) => {
          left -= count;
        },
      },
      requestsPerRecord: 2,
      parallel: PARALLEL,
      readDetails: ({ rowId }: { readonly rowId: string }) => {
        requested.push(rowId);
        const error = failureOf(rowId);
        return error
          ? Promise.reject(error)
          : Promise.resolve({ rowId, at: 0, id: rowId, row: {}, zapRuns: Array(runsOf(rowId)).fill({}) });
      },
    };
    return (await outcomesOf(marks, live as unknown as DetailsReading<ReadRecord>)).map(({ mark }) => mark.rowId);
  };
  return { requested, reserved, found: await found().catch((error: unknown) => error) };
}

const trouble = new Error('TutorCruncher is having a problem.');
const failFor = (isFailing: (index: number) => boolean, error = trouble): Reading => ({
  failureOf: (rowId) => (isFailing(Number(rowId)) ? error : null),
});

describe('the details of a poll', () => {
  it('are read even if the first nine records cannot be read', async () => {
    expect((await read(failFor((index) => index < 9))).found).toEqual(marks.slice(9).map(({ rowId }) => rowId));
  });

  it('are read even if every other record cannot be read', async () => {
    expect((await read(failFor((index) => index % 2 === 0))).found).toHaveLength(15);
  });

  it.each([
    ['ten failures in a row', trouble, 10],
    [
      'a response that asks for fewer requests',
      Object.assign(new Error('Later.'), { name: 'ThrottledError' }),
      PARALLEL,
    ],
  ])('are not requested any more after %s, which the poll reports', async (_reason, error, count) => {
    const { requested, found } = await read(failFor(() => true, error));
    expect([requested.length, found]).toEqual([count, error]);
  });

  it.each([
    ['fail', trouble, 22],
    ['would take more requests than the minute has', new NoRequestsLeft(), 14],
  ])('that were read are returned if the records after them %s', async (_reason, error, count) => {
    const { requested, found } = await read(failFor((index) => index >= 12, error));
    expect([requested.length, found]).toEqual([count, marks.slice(0, 12).map(({ rowId }) => rowId)]);
  });

  it('are requested only within 18 seconds', async () => {
    expect((await read({ elapsed: 17_999 })).requested).toHaveLength(31);
    expect(await read({ elapsed: 18_000 })).toMatchObject({ requested: [], found: [] });
  });

  it.each([
    [0, 0],
    [4, 2],
    // A request is left, but each record takes two.
    [7, 3],
    [62, 31],
  ])('are requested with the %d requests that are left for %d records', async (requestsLeft, count) => {
    const { requested, found } = await read({ requestsLeft });
    expect([requested.length, found]).toEqual([count, marks.slice(0, count).map(({ rowId }) => rowId)]);
  });

  it.each([
    ['ten runs', 10, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], 12],
    ['60 runs', 60, ['0'], 2],
    ['200 runs', 200, ['0'], 2],
  ])('of records with %s each are returned up to 100 runs, or for one record', async (_what, runs, ids, count) => {
    const { requested, found } = await read({ runsOf: () => runs });
    expect([requested.length, found]).toEqual([count, ids]);
  });

  it('of a record without runs do not count', async () => {
    const { found } = await read({ runsOf: (rowId) => (rowId === '30' ? 100 : 0) });
    expect(found).toHaveLength(31);
  });

  it('take only the requests that are needed for the last records', async () => {
    const { reserved } = await read({});
    expect(reserved).toEqual([...Array<number>(15).fill(2 * PARALLEL), 2]);
  });

  it.each([
    [0, 5, 9, 9],
    [2, 5, 9, 2],
    [3, 5, 1, 1],
  ])(
    'with %d requests each, of which %d are left, are reserved for %d records: %d',
    async (each, left, count, expected) => {
      const ration = { reserve: (requests: number) => Promise.resolve(Math.min(requests, left)) } as unknown as Ration;
      expect(await reserveDetails({ ration, requestsPerRecord: each }, count)).toBe(expected);
    },
  );
});
