/** Channels without work: a dispatcher gives them back, and later finds their next event. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { createTestMetrics } from '../support/test-metrics.ts';

const METHODS = ['claim', 'claimed', 'dueInMs', 'giveBack', 'heartbeat'] as const;

const bed = new DispatcherBed();
/** The times of the calls of each method of the store. */
let calls: Record<(typeof METHODS)[number], number[]>;

beforeEach(() => {
  calls = { claim: [], claimed: [], dueInMs: [], giveBack: [], heartbeat: [] };
  const { store } = bed;
  for (const method of METHODS) {
    const original = store[method].bind(store) as (...args: unknown[]) => unknown;
    const counted = (...args: unknown[]) => {
      calls[method].push(bed.clock.now());
      return original(...args);
    };
    Object.assign(store, { [method]: counted });
  }
});
/** Returns the number of calls of each method during a number of milliseconds. */
async function callsDuring(milliseconds: number): Promise<Record<string, number>> {
  for (const method of METHODS) calls[method] = [];
  await bed.clock.advance(milliseconds);
  return Object.fromEntries(METHODS.map((method) => [method, calls[method].length]));
}

describe('a dispatcher', () => {
  it('only asks every 5 s for the next channel that is due while it serves none', async () => {
    await bed.clock.advance(10 * SECOND);
    expect(await callsDuring(60 * SECOND)).toEqual({ claim: 0, claimed: 0, dueInMs: 12, giveBack: 0, heartbeat: 0 });
  });

  it('also renews its heartbeat and looks at its claims every second while it serves a channel', async () => {
    bed.respond = bed.hang;
    await bed.send('a');
    await bed.clock.advance(10 * SECOND);
    const { dueInMs, ...others } = await callsDuring(60 * SECOND);
    expect(others).toEqual({ claim: 0, claimed: 60, giveBack: 0, heartbeat: 60 });
    expect(dueInMs).toBeLessThanOrEqual(12);
  });

  it('claims a channel without another heartbeat if the last one is younger than a second', async () => {
    await bed.send('a');
    // The channel is given back after two seconds.
    await bed.clock.advance(2.5 * SECOND);
    calls.heartbeat = [];
    await bed.send('b');
    expect(bed.attempted()).toBe('a b');
    expect(calls.heartbeat).toEqual([]);
  });

  it('claims no channel when it stops, even if a channel is due', async () => {
    bed.store.listen = () => undefined;
    await bed.restart();
    await bed.send('a');
    expect(await bed.attemptedAfter(8 * SECOND)).toBe('a');
    await bed.send('b');
    calls.claim = [];
    await bed.stopDispatcher();
    expect([calls.claim, bed.attempted()]).toEqual([[], '']);
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
    calls.giveBack = [];
    await bed.clock.advance((3.4 - seconds) * SECOND);
    expect(calls.giveBack.map((at) => (at - start) / SECOND)).toEqual(expected);
    const [served] = (await metrics.claimedChannels.get()).values;
    expect(served?.value).toBe(expected.length > 0 ? 0 : 1);
  });

  it('is not given back while new events are being read', async () => {
    bed.respond = (name) => (name === 'a' ? FAILED : DELIVERED);
    await bed.send('a');
    const { arrivals } = bed.store;
    bed.store.arrivals = () => Promise.reject(new Error('disk'));
    await bed.send('b');
    calls.giveBack = [];
    await bed.clock.advance(4 * SECOND);
    expect(calls.giveBack).toEqual([]);
    bed.store.arrivals = arrivals;
  });

  it('is not given back while its results cannot be saved, and gets no event twice', async () => {
    const saveResults = bed.store.saveResults.bind(bed.store);
    bed.store.saveResults = () => Promise.reject(new Error('disk'));
    await bed.send('a');
    // Without its heartbeat, the claim would expire.
    expect(await callsDuring(60 * SECOND)).toMatchObject({ giveBack: 0, claim: 0, heartbeat: 60 });
    expect(bed.attempted()).toBe('a');
    bed.store.saveResults = saveResults;
    await bed.clock.advance(10 * SECOND);
    expect(await bed.state()).toMatchObject({ pending: 0 });
    expect(bed.attempted()).toBe('');
    expect(await callsDuring(10 * SECOND)).toMatchObject({ claim: 0, heartbeat: 0 });
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
