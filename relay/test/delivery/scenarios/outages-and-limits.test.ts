/** A dispatcher with all its parts: outages of targets, of the relay and of the store, and limits under load. */

import { describe, expect, it } from '@jest/globals';

import { readConfig } from '../../../config.ts';
import { DAY, HOUR, SECOND } from '../../../harness/durations.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL, REGISTRATION_SECRET } from '../../../harness/sample-delivery.ts';
import { PACE } from '../../../relay.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../../support/dispatcher-bed.ts';
import { delivery } from '../../support/new-delivery.ts';

const MINUTE = 60 * SECOND;
/** Number of events in a long backlog. */
const BACKLOG = 2_500;
const bed = new DispatcherBed();
const events = (count: number): string[] => Array<string>(count).fill('A');
const namesTo = (target: string): string[] => bed.to(target).map(({ name }) => name);

describe('a dispatcher', () => {
  it('sends each subscription the deliveries that its filter selects, in order, and saves the results', async () => {
    await bed.subscribe('one', { actions: ['A', 'C'] });
    await bed.subscribe('others', { all_except: ['A'] });
    await bed.subscribe('other channel', { actions: ['A'] }, OTHER_CHANNEL);
    await bed.ingest(['A', 'B', 'C']);
    const attempted = ['x', 'one', 'others', 'other channel'].map(namesTo);
    expect(attempted).toEqual([['A'], ['A', 'C'], ['B', 'C'], []]);
    await bed.clock.advance(SECOND);
    expect(await bed.store.backlog(9)).toEqual({ overdueChannels: 0, failingSubscriptions: 0, waiting: [] });
  });

  it('backs off while a target fails, regardless of new events, without delaying other subscriptions', async () => {
    bed.respond = (_name, target) => (target === 'x' ? FAILED : DELIVERED);
    await bed.subscribe('up');
    for (let count = 0; count < 50; count++) await bed.ingest(['A']);
    expect([bed.to('x').length, bed.to('up').length]).toEqual([1, 50]);
    for (const [seconds, attempts] of [
      [5, 2],
      [10, 3],
      [19, 3],
      [1, 4],
    ] as const) {
      await bed.clock.advance(seconds * SECOND);
      expect(bed.to('x')).toHaveLength(attempts);
    }
    expect(new Set(bed.to('x').map(({ id }) => id)).size).toBe(1);
    bed.respond = () => DELIVERED;
    await bed.clock.advance(40 * SECOND);
    expect(bed.to('x')).toHaveLength(4 + 50);
  });

  it('waits as long as a target requests with Retry-After', async () => {
    bed.respond = () => ({ ...FAILED, retryAfterMs: 100 * SECOND });
    await bed.send('a');
    await bed.clock.advance(99 * SECOND);
    expect(bed.attempts).toHaveLength(1);
    await bed.clock.advance(SECOND);
    expect(bed.attempts).toHaveLength(2);
  });

  it('gives up deliveries older than a day without attempting them, continues with newer deliveries, and redrives the old ones', async () => {
    bed.respond = () => FAILED;
    await bed.ingest(events(100));
    await bed.clock.advance(DAY - HOUR);
    const before = bed.attempts.length;
    expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 100 });
    // The back-off doubles from 5 s to 1 h, so there are 10 attempts in the first 1.4 hours, and then one attempt per
    // hour. After 10 minutes, an attempt of the next delivery follows each attempt.
    expect(before).toBeGreaterThan(40);
    expect(before).toBeLessThan(70);
    await bed.ingest(['A']);
    await bed.clock.advance(2 * HOUR + SECOND);
    expect(bed.attempts.length - before).toBeLessThan(4);
    expect(await bed.state()).toMatchObject({ deadLetters: 100, pending: 1 });

    const ids = (await bed.store.latest(CHANNEL, null, 101)).map(({ id }) => id).reverse();
    bed.respond = () => DELIVERED;
    bed.attempts = [];
    await bed.clock.advance(HOUR);
    expect(bed.attempts.map(({ id }) => id)).toEqual([ids[100], ...ids.slice(0, 100)]);
    expect(await bed.state()).toMatchObject({ failures: 0, deadLetters: 0 });
  });

  it('gives up a backlog that is older than a day only after 20 failures in a row', async () => {
    bed.respond = () => FAILED;
    await bed.store.ingest([delivery('A', { receivedAt: bed.clock.now() - 26 * HOUR })]);
    for (let pass = 0; pass < 100 && bed.attempts.length < 19; pass++) await bed.clock.advance(10 * MINUTE);
    expect(bed.attempts).toHaveLength(19);
    expect(await bed.store.totals()).toMatchObject({ deadLetters: 0 });
    await bed.clock.advance(HOUR + SECOND);
    expect(bed.attempts).toHaveLength(20);
    expect(await bed.store.totals()).toMatchObject({ deadLetters: 1 });
  });

  // docs/relay.md states these limits.
  it.each([
    [1, 150],
    [2, 200],
  ])('delays events for %d Zap(s) by at most %d s after a minute of forged events', async (zaps, seconds) => {
    await bed.restart(PACE);
    for (let zap = 1; zap < zaps; zap++) await bed.subscribe(`${zap}`);
    const start = bed.clock.now();
    const delays: number[] = [];
    bed.respond = (name) => {
      if (name === 'genuine') delays.push(bed.clock.now() - start);
      return DELIVERED;
    };
    const required = { RELAY_ORIGIN: ORIGIN, RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET };
    await bed.send(...Array<string>(readConfig(required).maxEventsPerMinute).fill('forged'), 'genuine');
    await bed.clock.advance(seconds * SECOND);
    expect(delays).toHaveLength(zaps);
    for (const delay of delays) expect(delay).toBeGreaterThan((seconds - 5) * SECOND);
  });

  it('limits the bytes of larger events in flight, without delaying small events or other channels', async () => {
    await bed.restart({ maxAttemptBytes: 900_000 });
    bed.respond = (_name, target) => (['up', 'small'].includes(target) ? DELIVERED : bed.hang());
    const targets = ['1', '2', '3', '4', '5'];
    for (const target of targets) await bed.subscribe(target, { actions: ['LARGE'] });
    await bed.subscribe('up', { actions: ['LARGE', 'SMALL'] }, OTHER_CHANNEL);
    await bed.subscribe('small', { actions: ['SMALL'] });
    const large = (channel: string) =>
      delivery('LARGE', { channel, receivedAt: bed.clock.now(), body: Buffer.alloc(100_000) });
    await bed.store.ingest([large(CHANNEL), large(OTHER_CHANNEL)]);
    await bed.ingest(['SMALL']);
    expect(bed.to('up')).toHaveLength(1);
    expect(bed.to('small')).toHaveLength(1);
    const started = () => targets.filter((target) => bed.to(target).length > 0).length;
    expect(started()).toBe(2);
    for (const expected of [3, 4, 5]) {
      bed.endAttempt();
      await bed.clock.advance(SECOND);
      expect(started()).toBe(expected);
    }
  });

  it('limits the attempts of a channel that are in flight, without delaying other channels', async () => {
    await bed.restart({ maxAttempts: 8 });
    let inFlight = 0;
    let most = 0;
    bed.respond = async (_name, target) => {
      if (target === 'up') return DELIVERED;
      most = Math.max(most, ++inFlight);
      await bed.clock.sleep(10 * SECOND, new AbortController().signal);
      inFlight--;
      return FAILED;
    };
    const hanging = ['1', '2', '3', '4', '5'];
    for (const target of hanging) await bed.subscribe(target);
    await bed.subscribe('up', undefined, OTHER_CHANNEL);
    await bed.ingest(['A']);
    await bed.ingest(['A'], OTHER_CHANNEL);
    expect([bed.to('up').length, most]).toEqual([1, 2]);
    bed.respond = () => DELIVERED;
    await bed.clock.advance(5 * MINUTE);
    for (const target of hanging) expect(bed.to(target)).not.toHaveLength(0);
    expect(await bed.store.backlog(9)).toEqual({ overdueChannels: 0, failingSubscriptions: 0, waiting: [] });
  });

  it('stops sending to a subscription that is deleted', async () => {
    bed.respond = () => FAILED;
    await bed.send('a');
    await bed.store.unsubscribe(CHANNEL, bed.subscription.id, bed.clock.now());
    await bed.clock.advance(HOUR);
    expect(bed.attempts).toHaveLength(1);
  });

  it('continues after a restart with the saved results, failures and time of the next attempt', async () => {
    bed.respond = () => FAILED;
    await bed.send('a', 'b');
    await bed.stopDispatcher();
    expect(await bed.state()).toMatchObject({ failures: 1, nextAttemptAt: 1_005_000 });
    bed.respond = () => DELIVERED;
    bed.startDispatcher();
    await bed.clock.advance(3 * SECOND);
    expect(bed.attempts).toHaveLength(1);
    await bed.clock.advance(SECOND);
    expect(bed.attempts).toHaveLength(3);
  });

  it('waits at most an hour for a next attempt that was stored before the clock was set back', async () => {
    bed.respond = () => FAILED;
    await bed.send('a');
    await bed.stopDispatcher();
    bed.attempts = [];
    await bed.clock.advance(-26 * HOUR);
    bed.startDispatcher();
    expect(await bed.attemptedAfter(HOUR - 6 * SECOND)).toBe('');
    expect(await bed.attemptedAfter(12 * SECOND)).toBe('a');
  });

  it('delivers everything after the store has failed for a while', async () => {
    const deliveries = bed.store.deliveries.bind(bed.store);
    bed.store.deliveries = () => Promise.reject(new Error('disk'));
    await bed.send('a');
    await bed.clock.advance(5 * SECOND);
    expect(bed.attempts).toEqual([]);
    bed.store.deliveries = deliveries;
    expect(await bed.attemptedAfter(2 * SECOND)).toBe('a');
  });

  it('records failed attempts and the success after them', async () => {
    const response = Buffer.from('sealed');
    bed.respond = () => ({ ...FAILED, response });
    await bed.send('one');
    const startedAt = bed.clock.now();
    bed.respond = async () => {
      await bed.clock.sleep(70, new AbortController().signal);
      return DELIVERED;
    };
    await bed.clock.advance(30 * SECOND);
    await bed.state();
    const [event] = await bed.store.latest(CHANNEL, null, 1);
    const [failed, succeeded, ...others] = await bed.store.attemptsOf(CHANNEL, event?.seq ?? 0);
    expect(others).toEqual([]);
    const attempt = { subscriptionId: bed.subscription.id, isSentAgain: false };
    expect(failed).toEqual({ ...attempt, number: 1, endedAt: startedAt, failure: 'HTTP 500', response, durationMs: 0 });
    expect(succeeded).toMatchObject({ ...attempt, number: 2, failure: null, response: null, durationMs: 70 });
    expect(succeeded?.endedAt).toBeGreaterThan(startedAt);
  });

  it('ends a subscription whose Zap is off, and turns its waiting events into dead letters', async () => {
    await bed.stopDispatcher();
    await bed.send('first', 'second', 'third');
    bed.respond = (name) => (name === 'first' ? { type: 'delivered' } : { type: 'gone' });
    bed.startDispatcher();
    expect(await bed.attemptedAfter(5 * SECOND)).toBe('first second');
    expect(await bed.state()).toBeUndefined();
    const dead = await bed.store.sendSummaries('dead', bed.subscription.id, 9);
    expect(dead.map(({ number }) => number)).toEqual([2, 3]);
    await bed.send('fourth');
    expect(await bed.attemptedAfter(5 * SECOND)).toBe('');
  });
});

/**
 * Stores events that have waited for more than a day. Their Zap has failed so often that the events are given up at the
 * next failure.
 */
async function fillBacklog(): Promise<void> {
  await bed.stopDispatcher();
  // No dispatcher runs, so the clock advances without running 30 hours of timers.
  await bed.clock.advance(30 * HOUR);
  bed.respond = (_name, target) => (target === 'x' ? FAILED : DELIVERED);
  const receivedAt = bed.clock.now() - 26 * HOUR;
  const old = Array.from({ length: BACKLOG }, () => delivery('A', { receivedAt, subjectId: null }));
  for (let start = 0; start < BACKLOG; start += 500) await bed.store.ingest(old.slice(start, start + 500));
  bed.store.database.exec(
    `UPDATE subscriptions SET failures = 30, failing_since = ${receivedAt} WHERE target_url = 'x'`,
  );
}

it('saves at most 1,000 results at once while a backlog is given up, without delaying other channels', async () => {
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
  expect(await bed.store.totals()).toMatchObject({ deadLetters: BACKLOG });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  expect(bed.to('up')).toHaveLength(1);

  // The redrive of the dead letters also takes several steps.
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

it('continues to give up a backlog at the next failure if the store failed in the meantime', async () => {
  await fillBacklog();
  const saveResults = bed.store.saveResults.bind(bed.store);
  let calls = 0;
  bed.store.saveResults = (...args) => (++calls === 2 ? Promise.reject(new Error('disk')) : saveResults(...args));
  bed.startDispatcher();
  await bed.clock.advance(5 * SECOND);
  expect((await bed.store.totals()).deadLetters).toBeLessThan(BACKLOG);
  await bed.store.retryNow(CHANNEL, null, bed.clock.now());
  await bed.clock.advance(5 * SECOND);
  expect(await bed.store.totals()).toMatchObject({ deadLetters: BACKLOG });
});
