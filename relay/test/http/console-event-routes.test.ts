/**
 * The requests for the console's events. `relay/test/store/console/` tests the conditions and the counts of events on
 * both databases, and `test/console/views/app.test.ts` shows the responses in a browser.
 */

import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

import * as wire from '../../../wire/console-api.ts';
import { numbersOf, startTestServer } from '../support/test-server.ts';

const bed = await startTestServer();
beforeEach(() => bed.renew());
afterAll(() => bed.close());

describe('the list of events', () => {
  it('is filtered by a new Zap in pages that end after a limited number of other events', async () => {
    const oldest = await bed.event('A');
    await bed.ingest('B', 1_000);
    const zap = await bed.subscribe();
    expect(await bed.list(`?zap=${zap}`)).toMatchObject({ events: [], next: oldest + 1 });
    const rest = await bed.list(`?zap=${zap}&before=${oldest + 1}`);
    expect([numbersOf(rest.events), rest.next]).toEqual([[oldest], null]);
  });
});

it.each([
  ...['?before=x', '?before=-1', '?before=99999999999999999999', '?limit=0', `?limit=${wire.MAX_LISTED_EVENTS + 1}`],
  ...['?outcome=lost', '?zap=x', '?from=yesterday', '?action=', '?channel=x'],
  `?${Array.from({ length: 101 }, (_, index) => `action=A${index}`).join('&')}`,
  ...['/x', '/-1', '/99999999999999999999', '/1.5'].flatMap((path) => [path, `${path}/zaps`]),
])('responds with 400 to the malformed path %s', async (path) => {
  expect((await bed.get(`${wire.CONSOLE_EVENTS_PATH}${path}`)).status).toBe(400);
});

it.each([
  '?zap=00000000-0000-4000-8000-000000000001',
  ...['/0', '/999999', `/${Number.MAX_SAFE_INTEGER}`].flatMap((path) => [path, `${path}/zaps`]),
])('responds with 404 to the path %s, which names no stored event or Zap', async (path) => {
  await bed.event('A');
  expect((await bed.get(`${wire.CONSOLE_EVENTS_PATH}${path}`)).status).toBe(404);
});
