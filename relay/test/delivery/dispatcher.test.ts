/** A dispatcher: its requests to the store, its heartbeat, its claims and its stop. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { StoreCalls } from '../support/store-calls.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

const STEPPED_BACK = 'The database has gone back to an earlier state';
const TOO_OLD = 'The heartbeat of this process is too old';

const bed = new DispatcherBed();
const calls = new StoreCalls(bed);
const targets = () => bed.attempts.map(({ targetUrl }) => targetUrl);
const messages = () => bed.lines.map(({ message }) => message);

/** Returns the seconds from one time to each attempt of an event after it. */
const secondsOfAttempts = (name: string, start: number) =>
  bed.attempts.filter((attempt) => attempt.name === name).map(({ at }) => (at - start) / SECOND);

describe('a dispatcher', () => {
  it('only asks every 5 s for the next channel that is due while it serves none', async () => {
    await bed.clock.advance(10 * SECOND);
    expect(await calls.during(60 * SECOND)).toEqual({ claim: 0, claimed: 0, dueInMs: 12, giveBack: 0, heartbeat: 0 });
  });

  it('also renews its heartbeat and looks at its claims every second while it serves a channel', async () => {
    bed.respond = bed.hang;
    await bed.send('a');
    await bed.clock.advance(10 * SECOND);
    const { dueInMs, ...others } = await calls.during(60 * SECOND);
    expect(others).toEqual({ claim: 0, claimed: 60, giveBack: 0, heartbeat: 60 });
    expect(dueInMs).toBeLessThanOrEqual(12);
  });

  it('claims a channel without another heartbeat if the last one is younger than a second', async () => {
    await bed.send('a');
    // The channel is given back after two seconds.
    await bed.clock.advance(2.5 * SECOND);
    calls.times.heartbeat = [];
    await bed.send('b');
    expect(bed.attempted()).toBe('a b');
    expect(calls.times.heartbeat).toEqual([]);
  });

  it('gives back no channel while its results cannot be saved, and sends no event twice', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    const saveResults = bed.store.saveResults.bind(bed.store);
    bed.store.saveResults = () => Promise.reject(new Error('disk'));
    await bed.send('a');
    // Without its heartbeat, the claim would expire.
    expect(await calls.during(60 * SECOND)).toMatchObject({ giveBack: 0, claim: 0, heartbeat: 60 });
    expect(bed.attempted()).toBe('a');
    bed.store.saveResults = saveResults;
    expect(await countsOf(metrics.claimedChannels)).toEqual({ '': 1 });
    await bed.clock.advance(10 * SECOND);
    expect(await countsOf(metrics.claimedChannels)).toEqual({});
    expect(await bed.state()).toMatchObject({ pending: 0 });
    expect(bed.attempted()).toBe('');
    expect(await calls.during(10 * SECOND)).toMatchObject({ claim: 0, heartbeat: 0 });
  });

  it('asks the store once a second while the store fails', async () => {
    const { dueInMs } = bed.store;
    bed.store.dueInMs = (...args) => {
      void dueInMs(...args);
      return Promise.reject(new Error('disk'));
    };
    await bed.clock.advance(5 * SECOND);
    expect(await calls.during(10 * SECOND)).toMatchObject({ dueInMs: 10, claim: 0 });
    expect(new Set(messages())).toEqual(new Set(['Claiming channels failed. Retrying in 1 s.']));
  });

  it('limits the attempts in flight, and the rate of a channel', async () => {
    await bed.subscribe('y');
    await bed.restart({ maxAttempts: 1 });
    bed.respond = bed.hang;
    await bed.send('a');
    expect(bed.attempted()).toBe('a');
    bed.endAttempt();
    await bed.restart({ pacePerChannel: 1 });
    bed.respond = () => DELIVERED;
    await bed.send('b');
    expect(bed.attempts.length).toBeLessThan(2);
    expect((await bed.attemptedAfter(5 * SECOND)).split(' ').sort()).toEqual(['a', 'b', 'b']);
  });

  it('delivers the events of a served channel at once to a new Zap', async () => {
    await bed.send('a');
    await bed.subscribe('y');
    await bed.clock.settle();
    await bed.send('b');
    expect(bed.to('y').map(({ name }) => name)).toEqual(['b']);
  });

  it('attempts a retry in time that is due soon after its channel was given back', async () => {
    bed.respond = (name) => (name === 'a' ? { ...FAILED, retryAfterMs: 4.5 * SECOND } : DELIVERED);
    await bed.clock.advance(7 * SECOND);
    const start = bed.clock.now();
    calls.times.giveBack = [];
    await bed.send('a');
    await bed.clock.advance(6 * SECOND);
    expect(calls.times.giveBack).toHaveLength(1);
    expect(secondsOfAttempts('a', start)).toEqual([0, 4.5]);
  });

  it('claims no channel when it stops, even if a channel is due', async () => {
    bed.store.listen = () => undefined;
    await bed.restart();
    await bed.send('a');
    expect(await bed.attemptedAfter(8 * SECOND)).toBe('a');
    await bed.send('b');
    calls.times.claim = [];
    await bed.stopDispatcher();
    expect([calls.times.claim, bed.attempted()]).toEqual([[], '']);
  });
});

describe('a dispatcher whose heartbeat cannot be renewed', () => {
  it.each([
    ['too old', TOO_OLD],
    ['stepped back', STEPPED_BACK],
  ] as const)(
    'makes no more attempts under the former claim, and the log tells that it is %s',
    async (failure, line) => {
      bed.respond = () => FAILED;
      const start = bed.clock.now();
      await bed.send('a');
      bed.failHeartbeat(failure);
      await bed.clock.advance(2 * SECOND);
      expect(messages()).toContainEqual(expect.stringContaining(line));
      expect(
        messages().filter((message) => message.startsWith(TOO_OLD) || message.startsWith(STEPPED_BACK)),
      ).toHaveLength(1);
      await bed.clock.advance(48 * SECOND);
      // The channel can be claimed again when the former heartbeat is 5 s old. The failure was saved before.
      const [first, second = 0, ...later] = secondsOfAttempts('a', start);
      expect(first).toBe(0);
      expect(second).toBeGreaterThanOrEqual(5);
      expect(second).toBeLessThan(11);
      expect(later).toEqual([second + 10, second + 30]);
    },
  );
});

it('a dispatcher keeps its claims and its id if its heartbeat fails once, because the next one follows in time', async () => {
  const metrics = createTestMetrics(bed.clock);
  await bed.restart({ metrics });
  bed.respond = bed.hang;
  await bed.send('a');
  const { heartbeat } = bed.store;
  bed.store.heartbeat = () => {
    bed.store.heartbeat = heartbeat;
    return Promise.reject(new Error('disk'));
  };
  await bed.clock.advance(10 * SECOND);
  expect(messages()).toEqual(['Renewing the heartbeat of this process failed. Retrying in 1 s.']);
  expect([bed.attempted(), await countsOf(metrics.claimsLost)]).toEqual(['a', {}]);
});

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
    bed.respond = bed.hang;
    await bed.ingest(['A']);
    await bed.subscribe('two', undefined, OTHER_CHANNEL);
    await bed.clock.advance(4 * SECOND);
    const release = bed.holdNext('claim');
    await bed.ingest(['A'], OTHER_CHANNEL);
    await bed.clock.advance(3 * SECOND);
    expect(targets()).toEqual(['x', 'two']);
    release();
    await bed.clock.settle();
    expect(targets()).toEqual(['x', 'two']);
  });

  it('gives back a channel if the response of its claim arrives during the stop', async () => {
    await bed.clock.advance(5 * SECOND);
    const release = bed.holdNext('claim');
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

  it('are looked for again at once when a claim is lost', async () => {
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
