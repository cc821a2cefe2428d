/** The service of a claimed channel: its reads of the store, its reloads, and its return to other processes. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { StoreCalls } from '../support/store-calls.ts';
import { createTestMetrics } from '../support/test-metrics.ts';

const bed = new DispatcherBed();
const calls = new StoreCalls(bed);

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
  // Less than the time after which the channel would be given back, and claimed again.
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

describe('a channel', () => {
  it.each([
    ['2 s after its last event', 0, DELIVERED, [2]],
    ['2 s after its last event, if it had several', 0.7, DELIVERED, [3]],
    ['2 s after its last event, if a retry is due later', 0, { ...FAILED, retryAfterMs: 60 * SECOND }, [2]],
    ['not before a retry that is due within 2 s', 0, { ...FAILED, retryAfterMs: 3.5 * SECOND }, []],
  ])('is given back %s', async (_what, seconds, result, expected) => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.respond = () => result;
    const start = bed.clock.now();
    await bed.send('a');
    await bed.clock.advance(seconds * SECOND);
    if (seconds > 0) await bed.send('b');
    calls.times.giveBack = [];
    await bed.clock.advance((3.4 - seconds) * SECOND);
    expect(calls.times.giveBack.map((at) => (at - start) / SECOND)).toEqual(expected);
    const [served] = (await metrics.claimedChannels.get()).values;
    expect(served?.value).toBe(expected.length > 0 ? 0 : 1);
  });

  it('is not given back while new events are being read', async () => {
    bed.respond = (name) => (name === 'a' ? FAILED : DELIVERED);
    await bed.send('a');
    const { arrivals } = bed.store;
    bed.store.arrivals = () => Promise.reject(new Error('disk'));
    await bed.send('b');
    calls.times.giveBack = [];
    await bed.clock.advance(4 * SECOND);
    expect(calls.times.giveBack).toEqual([]);
    bed.store.arrivals = arrivals;
  });

  it('is not given back while its results cannot be saved, and gets no event twice', async () => {
    const saveResults = bed.store.saveResults.bind(bed.store);
    bed.store.saveResults = () => Promise.reject(new Error('disk'));
    await bed.send('a');
    // Without its heartbeat, the claim would expire.
    expect(await calls.during(60 * SECOND)).toMatchObject({ giveBack: 0, claim: 0, heartbeat: 60 });
    expect(bed.attempted()).toBe('a');
    bed.store.saveResults = saveResults;
    await bed.clock.advance(10 * SECOND);
    expect(await bed.state()).toMatchObject({ pending: 0 });
    expect(bed.attempted()).toBe('');
    expect(await calls.during(10 * SECOND)).toMatchObject({ claim: 0, heartbeat: 0 });
  });
});

describe('without notifications', () => {
  beforeEach(async () => {
    bed.store.listen = () => undefined;
    await bed.restart();
    await bed.send('a');
    await bed.clock.advance(5 * SECOND);
    expect(bed.attempted()).toBe('a');
    // The channel stays claimed for two seconds.
  });

  it('an event is delivered within a second if its channel is claimed', async () => {
    await bed.send('b');
    expect(bed.attempted()).toBe('');
    expect(await bed.attemptedAfter(SECOND)).toBe('b');
  });

  it('an event is delivered within five seconds after its channel was given back', async () => {
    await bed.clock.advance(5 * SECOND);
    await bed.send('b');
    expect(await bed.attemptedAfter(5 * SECOND)).toBe('b');
  });

  it('a new Zap receives events within a second if its channel is claimed', async () => {
    await bed.subscribe('y');
    await bed.clock.advance(SECOND);
    await bed.send('b');
    await bed.clock.advance(SECOND);
    expect(bed.to('y').map(({ name }) => name)).toEqual(['b']);
  });
});
