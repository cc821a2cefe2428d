/** A dispatcher: its requests to the store, its heartbeat, and its work without notifications. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { StoreCalls } from '../support/store-calls.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

const STEPPED_BACK = 'The database has gone back to an earlier state';
const TOO_OLD = 'The heartbeat of this process is too old';

const bed = new DispatcherBed();
const calls = new StoreCalls(bed);
const messages = () => bed.lines.map(({ message }) => message);

/** Returns the times of the attempts to deliver an event, in seconds after a start. */
const secondsOfAttempts = (name: string, start: number) =>
  bed.attempts.filter((attempt) => attempt.name === name).map(({ at }) => (at - start) / SECOND);

describe('a dispatcher', () => {
  it('only requests the next due channel, every 5 s, while it serves none', async () => {
    await bed.clock.advance(10 * SECOND);
    expect(await calls.during(60 * SECOND)).toEqual({ claim: 0, claimed: 0, dueInMs: 12, giveBack: 0, heartbeat: 0 });
  });

  it('also renews its heartbeat and checks its claims every second while it serves a channel', async () => {
    bed.respond = bed.hang;
    await bed.send('a');
    await bed.clock.advance(10 * SECOND);
    const { dueInMs, ...others } = await calls.during(60 * SECOND);
    expect(others).toEqual({ claim: 0, claimed: 60, giveBack: 0, heartbeat: 60 });
    expect(dueInMs).toBeLessThanOrEqual(12);
  });

  it('claims a channel without another heartbeat if its last heartbeat is younger than a second', async () => {
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

  it('attempts a retry on time, even if its channel was given back shortly before', async () => {
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
    'makes no more attempts under the former claim, and logs that the heartbeat is %s',
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
      // The channel can be claimed again when the former heartbeat is 5 s old. By then, the failure has been saved.
      const [first, second = 0, ...later] = secondsOfAttempts('a', start);
      expect(first).toBe(0);
      expect(second).toBeGreaterThanOrEqual(5);
      expect(second).toBeLessThan(11);
      expect(later).toEqual([second + 10, second + 30]);
    },
  );
});

it('a dispatcher keeps its claims and its id if its heartbeat fails once, because the next heartbeat follows in time', async () => {
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
    // A claim that was not given back could be taken over only after 5 s.
    bed.startDispatcher();
    expect(await bed.attemptedAfter(SECOND)).toBe('first');
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
