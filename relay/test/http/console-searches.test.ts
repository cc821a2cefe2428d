/** The searches of console links. */

import { expect, it, jest } from '@jest/globals';

import * as wire from '../../../wire/console-api.ts';
import { until } from '../../harness/until.ts';
import { startedForEachTest } from '../support/test-server.ts';

const start = startedForEachTest();

it('the searches of a link run one after another, and ten may wait, regardless of the searches of other links', async () => {
  const bed = await start();
  await bed.renew();
  await bed.link('b'.repeat(43));
  const { store } = bed;
  const { promise: found, resolve: find } = Promise.withResolvers<[]>();
  const events = jest.spyOn(store, 'events').mockReturnValue(found);
  const search = async (token?: string) => (await bed.get(wire.CONSOLE_EVENTS_PATH, token)).status;
  // One search runs, ten searches wait for their turn, and one search is refused.
  const searches = Array.from({ length: 12 }, () => search());
  await until(() => events.mock.calls.length === 1);
  expect(await Promise.race(searches)).toBe(429);
  const other = search('b'.repeat(43));
  await until(() => events.mock.calls.length === 2);
  find([]);
  expect((await Promise.all([...searches, other])).sort()).toEqual([...Array<number>(12).fill(200), 429]);
  expect(events).toHaveBeenCalledTimes(12);
});
