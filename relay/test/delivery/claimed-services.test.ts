/** The services of claimed channels: their start, their reconciliation with the store, and their end. */

import { describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { StoreCalls } from '../support/store-calls.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

const STEPPED_BACK = 'The database has gone back to an earlier state';

const bed = new DispatcherBed();
const calls = new StoreCalls(bed);
const targets = () => bed.attempts.map(({ targetUrl }) => targetUrl);
const messages = () => bed.lines.map(({ message }) => message);

describe('a dispatcher with late responses', () => {
  it('delivers at once if an event or a subscription arrives after the claim of its channel, but before the response', async () => {
    await bed.subscribe('two', { actions: ['B'] });
    await bed.clock.advance(5 * SECOND);
    const release = bed.holdNext('claim');
    await bed.ingest(['A']);
    await bed.ingest(['B']);
    await bed.subscribe('three', { actions: ['C'] });
    await bed.ingest(['C']);
    expect(bed.attempts).toEqual([]);
    release();
    await bed.clock.settle();
    expect(targets().sort()).toEqual(['three', 'two', 'x']);
  });

  it('keeps serving a channel when a result of a former claim on it arrives', async () => {
    bed.respond = bed.hang;
    await bed.ingest(['A']);
    expect(bed.attempts).toHaveLength(1);
    bed.failHeartbeat();
    await bed.clock.advance(12 * SECOND);
    expect(bed.attempts).toHaveLength(2);
    bed.endAttempt();
    await bed.clock.advance(3 * SECOND);
    expect(bed.attempts).toHaveLength(2);
  });

  it('serves a channel once if the response of its claim is late', async () => {
    const release = await bed.holdOtherClaim();
    await bed.clock.advance(3 * SECOND);
    expect(targets()).toEqual(['x', 'two']);
    release();
    await bed.clock.settle();
    expect(targets()).toEqual(['x', 'two']);
  });
});

describe('the claims in the store', () => {
  it('of the former id of the process are not served', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.respond = bed.hang;
    await bed.send('a');
    const held = Promise.withResolvers<undefined>();
    bed.changeNext('claimed', (claimed) => held.promise.then(() => claimed));
    await bed.clock.advance(1.5 * SECOND);
    bed.failHeartbeat('too old');
    await bed.clock.advance(SECOND);
    expect(await countsOf(metrics.claimsLost)).toEqual({ '': 1 });
    held.resolve(undefined);
    await bed.clock.settle();
    expect(bed.attempted()).toBe('a');
    expect(await bed.attemptedAfter(10 * SECOND)).toBe('a');
  });

  it('end the service of a channel that another process has claimed', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.respond = (name) => (name === 'a' ? bed.hang() : DELIVERED);
    await bed.send('a', 'b');
    expect((await metrics.claimedChannels.get()).values).toMatchObject([{ value: 1 }]);
    bed.changeNext('claimed', () => []);
    await bed.clock.advance(SECOND);
    expect((await metrics.claimedChannels.get()).values).toMatchObject([{ value: 0 }]);
    expect(await countsOf(metrics.claimsLost)).toEqual({ '': 1 });
    bed.endAttempt();
    await bed.clock.settle();
    expect(bed.attempted()).toBe('a');
    expect(messages()).toEqual([]);
  });

  it('end the service of a channel at once if its results were not saved because the claim is lost', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.store.saveResults = (_process, results) => Promise.resolve([...results]);
    await bed.send('a');
    await bed.clock.advance(SECOND / 10);
    expect(await countsOf(metrics.claimsLost)).toEqual({ '': 1 });
  });

  it('are looked up again at once when a claim is lost', async () => {
    bed.respond = bed.hang;
    await bed.send('a');
    bed.store.database.exec('UPDATE channels SET claimed_by = NULL, due_at = 0');
    expect(await bed.attemptedAfter(SECOND)).toBe('a a');
  });

  it('begin a service of a channel that was claimed again, which ends the former service', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.respond = bed.hang;
    await bed.send('a', 'b');
    await bed.clock.advance(SECOND / 2);
    const release = bed.holdNext('deliveryIds');
    await bed.clock.advance(SECOND);
    bed.store.database.exec('UPDATE channels SET claimed_by = NULL, due_at = 0');
    await bed.clock.advance(5 * SECOND);
    expect(bed.attempted()).toBe('a a');
    release();
    bed.endAttempt();
    bed.endAttempt();
    expect(await bed.attemptedAfter(SECOND)).toBe('b');
    expect(await countsOf(metrics.claimsLost)).toEqual({ '': 1 });
  });

  it('with another number end the former service of a channel, and begin another', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.respond = bed.hang;
    await bed.send('a');
    bed.changeNext('claimed', (all) => all.map((each) => ({ ...each, claim: each.claim + 1 })));
    expect(await bed.attemptedAfter(SECOND)).toBe('a a');
    expect(await countsOf(metrics.claimsLost)).toEqual({ '': 1 });
  });

  it('begin the service of a channel if the response to its claim was lost', async () => {
    bed.respond = (_name, target) => (target === 'x' ? bed.hang() : DELIVERED);
    await bed.send('a');
    await bed.subscribe('two', undefined, OTHER_CHANNEL);
    await bed.clock.advance(5 * SECOND);
    bed.changeNext('claim', () => {
      throw new Error('connection lost');
    });
    await bed.ingest(['A'], OTHER_CHANNEL);
    expect(messages()).toEqual(['Claiming channels failed. Retrying in 1 s.']);
    await bed.clock.advance(SECOND);
    expect(bed.to('two')).toHaveLength(1);
    await bed.clock.advance(20 * SECOND);
    expect(bed.attempts).toHaveLength(2);
  });

  it('begin no service during the stop of the dispatcher', async () => {
    bed.respond = (name) => (name === 'a' ? bed.hang() : DELIVERED);
    await bed.send('a', 'b');
    const held = Promise.withResolvers<undefined>();
    bed.changeNext('claimed', (claimed) => held.promise.then(() => claimed));
    await bed.clock.advance(SECOND);
    const stopped = bed.stopDispatcher();
    await bed.clock.settle();
    held.resolve(undefined);
    await bed.clock.settle();
    expect(bed.attempted()).toBe('a');
    bed.endAttempt();
    await stopped;
    expect(bed.attempted()).toBe('');
  });
});

describe('a step back of the database', () => {
  const loseDelivery = (): void => {
    bed.changeNext('claimed', (all) => all.map((each) => ({ ...each, newestSeq: 0 })));
  };
  const replaceDelivery = (): void => {
    bed.changeNext('deliveryIds', (all) => all.map((each) => ({ ...each, deliveryId: 'another' })));
  };

  it.each([
    ['lacks a delivery', loseDelivery],
    ['has given the number of a delivery to another', replaceDelivery],
  ])('is noticed because the database %s, and the channel is served anew', async (_what, stepBack) => {
    await bed.send('a');
    bed.respond = bed.hang;
    await bed.send('b');
    expect(bed.attempted()).toBe('a b');
    stepBack();
    await bed.clock.advance(SECOND);
    expect(messages()).toEqual([expect.stringContaining(STEPPED_BACK)]);
    bed.respond = () => DELIVERED;
    expect(await bed.attemptedAfter(10 * SECOND)).toBe('b');
    expect(messages()).toHaveLength(1);
  });
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
});

describe('the stop of a dispatcher', () => {
  it('gives back each channel as soon as its own attempts have ended, and starts no more', async () => {
    bed.respond = (_name, target) => (target === 'x' ? bed.hang() : DELIVERED);
    await bed.subscribe('up', undefined, OTHER_CHANNEL);
    await bed.send('a', 'b');
    await bed.ingest(['A'], OTHER_CHANNEL);
    const giveBack = bed.store.giveBack.bind(bed.store);
    const given: number[] = [];
    bed.store.giveBack = (process, claims) => {
      given.push(...claims.map(({ channel }) => channel));
      return giveBack(process, claims);
    };
    const stopped = bed.stopDispatcher();
    await bed.clock.settle();
    expect(given).toHaveLength(1);
    bed.endAttempt();
    await stopped;
    expect(new Set(given).size).toBe(2);
    expect(bed.to('x')).toHaveLength(1);
    expect(await bed.store.pending(bed.subscription.key, 0, 9)).toHaveLength(1);
  });

  it('starts no attempt while a request about its claims has no response', async () => {
    bed.respond = (name) => (name === 'a' ? bed.hang() : DELIVERED);
    await bed.send('a', 'b');
    const release = bed.holdNext('claimed');
    await bed.clock.advance(SECOND);
    const stopped = bed.stopDispatcher();
    await bed.clock.settle();
    bed.endAttempt();
    await bed.clock.settle();
    expect(bed.attempted()).toBe('a');
    release();
    await stopped;
  });

  it.each([
    [true, ['save', 'give back']],
    [false, ['save']],
  ])('gives back a channel after its results are saved: %j', async (canSave, expected) => {
    const order: string[] = [];
    const { saveResults, giveBack } = bed.store;
    bed.store.saveResults = (...args) => {
      order.push('save');
      return canSave ? saveResults(...args) : Promise.reject(new Error('disk'));
    };
    bed.store.giveBack = (...args) => {
      order.push('give back');
      return giveBack(...args);
    };
    await bed.send('a');
    order.length = 0;
    await bed.stopDispatcher();
    expect([...new Set(order)]).toEqual(expected);
    bed.store.saveResults = saveResults;
  });

  it('ends while the store fails', async () => {
    await bed.send('a');
    bed.store.giveBack = (): Promise<never> => Promise.reject(new Error('down'));
    await bed.stopDispatcher();
    const messages = bed.lines.map(({ message }) => message);
    expect(messages).toContain('Giving back channels failed. Other processes claim them after 5 s.');
  });
});
