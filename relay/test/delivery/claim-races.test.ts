/** Overlapping operations of a dispatcher: late responses of the store, and late results of attempts. */

import { expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { HEARTBEAT_MS } from '../../store/outcomes/claims.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';

const bed = new DispatcherBed();
const targets = () => bed.attempts.map(({ targetUrl }) => targetUrl);

/** Holds the response of the next call of a method of the store. Returns a function that releases it. */
function holdResponse(method: 'claim' | 'subscriptions' | 'pending' | 'heartbeat'): () => void {
  const { store } = bed;
  const original = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>;
  const held = Promise.withResolvers<undefined>();
  Object.assign(store, {
    [method]: async (...args: unknown[]) => {
      Object.assign(store, { [method]: original });
      const response = await original(...args);
      await held.promise;
      return response;
    },
  });
  return () => {
    held.resolve(undefined);
  };
}

/** Makes the next heartbeat fail as if it were too old, so that the dispatcher drops its claims and renews its id. */
function failHeartbeat(): void {
  const heartbeat = bed.store.heartbeat.bind(bed.store);
  bed.store.heartbeat = () => {
    bed.store.heartbeat = heartbeat;
    return Promise.resolve('too old' as const);
  };
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

it('delivers at once if an event or a subscription arrives after the claim of its channel, but before the response', async () => {
  await bed.subscribe('two', { actions: ['B'] });
  await bed.clock.advance(5 * SECOND);
  const release = holdResponse('claim');
  await bed.ingest(['A']);
  await bed.ingest(['B']);
  await bed.subscribe('three', { actions: ['C'] });
  await bed.ingest(['C']);
  expect(bed.attempts).toEqual([]);
  release();
  await bed.clock.settle();
  expect(targets().sort()).toEqual(['three', 'two', 'x']);
});

it('starts no attempt if subscriptions are loaded after the claim of their channel was lost', async () => {
  await bed.send('first');
  const release = holdResponse('subscriptions');
  await bed.subscribe('two');
  bed.respond = bed.hang;
  await bed.send('second');
  failHeartbeat();
  await bed.clock.advance(SECOND);
  release();
  await bed.clock.settle();
  expect(bed.to('two')).toEqual([]);
  await bed.clock.advance(10 * SECOND);
  expect(bed.to('two').map(({ name }) => name)).toEqual(['second']);
});

it('keeps serving a channel when a result of a former claim on it arrives', async () => {
  bed.respond = bed.hang;
  await bed.ingest(['A']);
  expect(bed.attempts).toHaveLength(1);
  failHeartbeat();
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

it('does not serve a claim whose response arrives after the dispatcher has renewed its id', async () => {
  bed.respond = bed.hang;
  await bed.ingest(['A']);
  await bed.subscribe('two', undefined, OTHER_CHANNEL);
  await bed.clock.advance(4 * SECOND);
  const release = holdResponse('claim');
  await bed.ingest(['A'], OTHER_CHANNEL);
  failHeartbeat();
  await bed.clock.advance(SECOND);
  release();
  await bed.clock.settle();
  expect(bed.to('two')).toHaveLength(0);
  // Both channels can be claimed once the heartbeat of the former id is old.
  await bed.clock.advance(6 * SECOND);
  expect(bed.to('two')).toHaveLength(1);
});

it('gives back a channel if the response of its claim arrives during the stop', async () => {
  await bed.clock.advance(5 * SECOND);
  const release = holdResponse('claim');
  await bed.send('first');
  const stopped = bed.stopDispatcher();
  await bed.clock.settle();
  release();
  await stopped;
  await bed.clock.settle();
  expect(bed.attempted()).toBe('');
  // The claim of a process that has died could be taken over after 5 s.
  bed.startDispatcher();
  expect(await bed.attemptedAfter(SECOND)).toBe('first');
});

it('starts no attempt 3 s after it has sent its last heartbeat, however late the response was', async () => {
  bed.respond = bed.hang;
  await bed.send('first');
  const release = holdResponse('heartbeat');
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

it('delivers an event that arrives while waiting events are being read', async () => {
  await bed.stopDispatcher();
  await bed.send('first');
  const release = holdResponse('pending');
  bed.startDispatcher();
  await bed.clock.settle();
  await bed.send('second');
  expect(bed.attempted()).toBe('');
  release();
  await bed.clock.settle();
  expect(bed.attempted()).toBe('first second');
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
