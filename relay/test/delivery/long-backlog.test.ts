/** A backlog of many events that is given up: in steps, so that the other channels of the process are not affected. */

import { expect, it } from '@jest/globals';

import { HOUR, SECOND } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { delivery } from '../support/new-delivery.ts';

const COUNT = 2_500;
const bed = new DispatcherBed();

/**
 * Stores events that have waited for more than a day, for a Zap that has failed so often that the next failure gives
 * them up.
 */
async function fillBacklog(): Promise<void> {
  await bed.stopDispatcher();
  // Without a dispatcher, this takes no time.
  await bed.clock.advance(30 * HOUR);
  bed.respond = (_name, target) => (target === 'x' ? FAILED : DELIVERED);
  const receivedAt = bed.clock.now() - 26 * HOUR;
  const old = Array.from({ length: COUNT }, () => delivery('A', { receivedAt, subjectId: null }));
  for (let start = 0; start < COUNT; start += 500) await bed.store.ingest(old.slice(start, start + 500));
  bed.store.database.exec(
    `UPDATE subscriptions SET failures = 30, failing_since = ${receivedAt} WHERE target_url = 'x'`,
  );
}

it('saves at most 1,000 results at once while a backlog is given up, and other channels go on', async () => {
  await bed.subscribe('up', undefined, OTHER_CHANNEL);
  await fillBacklog();
  const sizes: number[] = [];
  const saveResults = bed.store.saveResults.bind(bed.store);
  bed.store.saveResults = async (...args) => {
    const [, results] = args;
    sizes.push(results.reduce((sum, { sends }) => sum + sends.length, 0));
    if (sizes.length === 2) await bed.store.ingest([delivery('A', { channel: OTHER_CHANNEL })]);
    return saveResults(...args);
  };
  bed.startDispatcher();
  await bed.clock.advance(5 * SECOND);
  expect(await bed.store.totals()).toMatchObject({ deadLetters: COUNT });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  expect(bed.to('up')).toHaveLength(1);

  // The dead letters are redriven in steps as well.
  const counts: number[] = [];
  const redriveFrom = bed.store.redriveFrom.bind(bed.store);
  bed.store.redriveFrom = async (...args) => {
    const step = await redriveFrom(...args);
    counts.push(step.count);
    return step;
  };
  bed.respond = () => DELIVERED;
  await bed.send('new');
  await bed.store.retryNow(CHANNEL, null, bed.clock.now());
  await bed.clock.advance(10 * SECOND);
  expect(counts).toEqual([1_000, 1_000, 500]);
  expect(await bed.store.totals()).toMatchObject({ deadLetters: 0 });
  expect(await bed.state()).toMatchObject({ pending: 0, deadLetters: 0, outageFrom: null });
});

it('continues to give up a backlog at the next failure if the store has failed meanwhile', async () => {
  await fillBacklog();
  const saveResults = bed.store.saveResults.bind(bed.store);
  let calls = 0;
  bed.store.saveResults = (...args) => (++calls === 2 ? Promise.reject(new Error('disk')) : saveResults(...args));
  bed.startDispatcher();
  await bed.clock.advance(5 * SECOND);
  expect((await bed.store.totals()).deadLetters).toBeLessThan(COUNT);
  await bed.store.retryNow(CHANNEL, null, bed.clock.now());
  await bed.clock.advance(5 * SECOND);
  expect(await bed.store.totals()).toMatchObject({ deadLetters: COUNT });
});
