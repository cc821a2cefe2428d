/** The shared parts of the console's routes: results that are reused. */

import { expect, it, jest } from '@jest/globals';

import * as wire from '../../../wire/console-api.ts';
import { startedForEachTest } from '../support/test-server.ts';

const start = startedForEachTest();

it('an overview is read once for pages that request it at once, and again after the console has changed something', async () => {
  const bed = await start({ maxOverviewAgeMs: 30_000 });
  await bed.renew();
  const read = jest.spyOn(bed.store, 'channelState');
  await Promise.all([1, 2, 3].map(() => bed.overview()));
  expect(read).toHaveBeenCalledTimes(1);
  expect((await bed.postJson(wire.CONSOLE_RETRY_PATH, {})).status).toBe(200);
  await bed.overview();
  expect(read).toHaveBeenCalledTimes(2);
});
