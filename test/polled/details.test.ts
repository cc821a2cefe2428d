/** The reading of details in a poll. */

import { describe, expect, it } from '@jest/globals';

import { outcomesOf, type LivePoll, type ReadRecord } from '../../src/polled/details.ts';
import { NoRequestsLeft } from '../../src/polled/ration.ts';

const PARALLEL = 2;
const marks = Array.from({ length: 30 }, (_, index) => ({ rowId: String(index), at: 0 }));

/** Reads details of 30 records. @returns the records that were requested, and the records that were found */
async function read(failureOf: (rowId: string) => Error | null) {
  const requested: string[] = [];
  const found = async (): Promise<string[]> => {
    const live = {
      run: { elapsed: 0 },
      ration: { reserve: (count: number) => Promise.resolve(count), use: () => undefined },
      requestsPerRecord: 1,
      parallel: PARALLEL,
      readDetails: ({ rowId }: { readonly rowId: string }) => {
        requested.push(rowId);
        const error = failureOf(rowId);
        return error ? Promise.reject(error) : Promise.resolve({ rowId, at: 0, id: rowId, row: {}, runs: [{}] });
      },
    };
    return (await outcomesOf(marks, live as unknown as LivePoll<ReadRecord>)).map(({ mark }) => mark.rowId);
  };
  return { requested, found: await found().catch((error: unknown) => error) };
}

const trouble = new Error('TutorCruncher is having a problem.');
const failFor =
  (isFailing: (index: number) => boolean, error = trouble) =>
  (rowId: string) =>
    isFailing(Number(rowId)) ? error : null;

describe('the details of a poll', () => {
  it('are read although the first nine records cannot be read', async () => {
    expect((await read(failFor((index) => index < 9))).found).toEqual(marks.slice(9).map(({ rowId }) => rowId));
  });

  it('are read although every other record cannot be read', async () => {
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
});
