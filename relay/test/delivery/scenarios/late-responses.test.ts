/** Late responses and failures of the store and of targets that overlap with other operations of a dispatcher. */

import { expect, it } from '@jest/globals';

import { SECOND } from '../../../harness/durations.ts';
import { HEARTBEAT_MS } from '../../../store/outcomes/claims.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../../support/dispatcher-bed.ts';

const bed = new DispatcherBed();

it('starts no attempt once its last heartbeat was sent 3 s ago, however late the response arrived', async () => {
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

it('keeps the newest state of a subscription if saving an earlier state fails', async () => {
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
  'sends an event that arrives %s s after another event to a slow target only once',
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

it('reads new events again after the store has failed', async () => {
  await bed.send('first');
  expect(bed.attempted()).toBe('first');
  const arrivals = bed.store.arrivals.bind(bed.store);
  bed.store.arrivals = () => {
    bed.store.arrivals = arrivals;
    return Promise.reject(new Error('disk'));
  };
  await bed.send('second');
  expect(bed.attempted()).toBe('');
  expect(await bed.attemptedAfter(SECOND)).toBe('second');
  expect(bed.lines.map(({ message }) => message)).toContain(
    'Reading new deliveries from the store failed. Retrying in 1 s.',
  );
});

it('loads a new subscription again after the store has failed', async () => {
  await bed.send('first');
  const subscriptions = bed.store.subscriptions.bind(bed.store);
  bed.store.subscriptions = () => {
    bed.store.subscriptions = subscriptions;
    return Promise.reject(new Error('disk'));
  };
  await bed.subscribe('y');
  await bed.send('second');
  expect(bed.to('y')).toEqual([]);
  // The channel would be given back and claimed again only later.
  await bed.clock.advance(1.5 * SECOND);
  expect(bed.to('y').map(({ name }) => name)).toEqual(['second']);
  expect(bed.lines.map(({ message }) => message)).toContain('Loading subscriptions failed. Retrying in 1 s.');
});

it('delivers more events than one read returns to every Zap, in order', async () => {
  const targets = ['x', 'a', 'b', 'c', 'd', 'e'];
  for (const target of targets.slice(1)) await bed.subscribe(target);
  await bed.ingest(['A']);
  bed.attempted();
  // A read returns 1,000 sends, and ends between the six sends of an event. Each queue has room for 200.
  const names = Array.from({ length: 190 }, (_, index) => `${index}`);
  await bed.send(...names);
  await bed.clock.advance(5 * SECOND);
  for (const target of targets) expect(bed.to(target).map(({ name }) => name)).toEqual(names);
});

it('delivers an event that arrives while a new subscription is being loaded', async () => {
  await bed.ingest(['A']);
  const release = bed.holdNext('subscriptions');
  await bed.subscribe('two');
  await bed.clock.settle();
  await bed.ingest(['A']);
  release();
  await bed.clock.settle();
  await bed.ingest(['A']);
  expect(bed.to('two')).toHaveLength(2);
});

it('starts no attempt if subscriptions are loaded after the claim of their channel was lost', async () => {
  await bed.send('first');
  const release = bed.holdNext('subscriptions');
  await bed.subscribe('two');
  bed.respond = bed.hang;
  await bed.send('second');
  bed.failHeartbeat();
  await bed.clock.advance(SECOND);
  release();
  await bed.clock.settle();
  expect(bed.to('two')).toEqual([]);
  await bed.clock.advance(10 * SECOND);
  expect(bed.to('two').map(({ name }) => name)).toEqual(['second']);
});

it('delivers an event that arrives while waiting events are being read', async () => {
  await bed.stopDispatcher();
  await bed.send('first');
  const release = bed.holdNext('pending');
  bed.startDispatcher();
  await bed.clock.settle();
  await bed.send('second');
  expect(bed.attempted()).toBe('');
  release();
  await bed.clock.settle();
  expect(bed.attempted()).toBe('first second');
});

it('does not serve a claim whose response arrives after the dispatcher has renewed its id', async () => {
  const release = await bed.holdOtherClaim();
  bed.failHeartbeat();
  await bed.clock.advance(SECOND);
  release();
  await bed.clock.settle();
  expect(bed.to('two')).toHaveLength(0);
  // Both channels can be claimed once the heartbeat of the former id is old.
  await bed.clock.advance(6 * SECOND);
  expect(bed.to('two')).toHaveLength(1);
});
