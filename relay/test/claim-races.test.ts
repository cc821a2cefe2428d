/** Events of a dispatcher that overlap: late responses of the store, and late results of attempts. */

import { expect, it } from '@jest/globals';

import { SECOND } from '../harness/durations.ts';
import { OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { DispatcherBed } from './dispatcher-bed.ts';

const bed = new DispatcherBed();
const targets = () => bed.attempts.map(({ targetUrl }) => targetUrl);

/** Holds the response of the next call of a method of the store. Returns a function that releases it. */
function holdResponse(method: 'claim' | 'subscriptions'): () => void {
  const { store } = bed;
  const original = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  Object.assign(store, {
    [method]: async (...args: unknown[]) => {
      Object.assign(store, { [method]: original });
      const response = await original(...args);
      await released;
      return response;
    },
  });
  return release;
}

it('delivers an event that arrives while a new subscription is being loaded', async () => {
  await bed.ingest(['A']);
  const release = holdResponse('subscriptions');
  await bed.subscribe('two');
  await bed.clock.settle();
  await bed.ingest(['A']);
  release();
  await bed.clock.settle();
  await bed.ingest(['A']);
  expect(bed.to('two')).toHaveLength(2);
});

it('keeps serving a channel when a result of a former claim on it arrives', async () => {
  bed.respond = bed.hang;
  await bed.ingest(['A']);
  expect(bed.attempts).toHaveLength(1);
  const heartbeat = bed.store.heartbeat.bind(bed.store);
  bed.store.heartbeat = () => {
    bed.store.heartbeat = heartbeat;
    return Promise.resolve('too old' as const);
  };
  await bed.clock.advance(12 * SECOND);
  expect(bed.attempts).toHaveLength(2);
  bed.endAttempt();
  await bed.clock.advance(3 * SECOND);
  expect(bed.attempts).toHaveLength(2);
});

it('serves a channel once if the response of its claim is late', async () => {
  bed.respond = bed.hang;
  await bed.ingest(['A']);
  await bed.subscribe('two', undefined, OTHER_CHANNEL);
  await bed.clock.advance(4 * SECOND);
  const release = holdResponse('claim');
  await bed.ingest(['A'], OTHER_CHANNEL);
  await bed.clock.advance(3 * SECOND);
  expect(targets()).toEqual(['x', 'two']);
  release();
  await bed.clock.settle();
  expect(targets()).toEqual(['x', 'two']);
});
