/** Late responses of the store and of targets, which overlap with other operations of a dispatcher. */

import { expect, it } from '@jest/globals';

import { SECOND } from '../../../harness/durations.ts';
import { HEARTBEAT_MS } from '../../../store/outcomes/claims.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../../support/dispatcher-bed.ts';

const bed = new DispatcherBed();

it('starts no attempt 3 s after it has sent its last heartbeat, however late the response was', async () => {
  bed.respond = bed.hang;
  await bed.send('first');
  const release = bed.holdNext('heartbeat');
  await bed.clock.advance(SECOND);
  const sentAt = bed.clock.now();
  await bed.clock.advance(HEARTBEAT_MS - SECOND);
  release();
  await bed.clock.settle();
  const { heartbeat } = bed.store;
  bed.store.heartbeat = () => Promise.reject(new Error('down'));
  await bed.clock.advance(sentAt + HEARTBEAT_MS - bed.clock.now());
  bed.endAttempt();
  await bed.send('second');
  bed.store.heartbeat = heartbeat;
  expect(bed.attempted()).toBe('first');
});

it('keeps the newest state of a subscription if saving an earlier one fails', async () => {
  const { store } = bed;
  const saveResults = store.saveResults.bind(store);
  const held = Promise.withResolvers<never>();
  store.saveResults = () => {
    store.saveResults = saveResults;
    return held.promise;
  };
  bed.respond = (name) => (name === 'delivered' ? DELIVERED : FAILED);
  await bed.send('delivered');
  // The dispatcher starts to save the first result.
  await bed.clock.advance(SECOND);
  await bed.send('failed');
  expect(bed.attempted()).toBe('delivered failed');
  held.reject(new Error('disk'));
  await bed.clock.settle();
  expect(await bed.state()).toMatchObject({ failures: 1, lastFailure: 'HTTP 500', pending: 1 });
});

it.each([1, 3, 4, 4.5, 4.9, 5])(
  'sends an event once that arrives %s s after another one, to a slow target',
  async (seconds) => {
    await bed.clock.advance(10 * SECOND);
    await bed.send('one');
    await bed.clock.advance(seconds * SECOND);
    bed.respond = async () => {
      await bed.clock.sleep(8 * SECOND, new AbortController().signal);
      return DELIVERED;
    };
    await bed.send('two');
    await bed.clock.advance(60 * SECOND);
    expect(bed.attempted()).toBe('one two');
    expect(bed.lines).toEqual([]);
  },
);
