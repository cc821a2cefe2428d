/** A dispatcher with all its parts: outages of targets, of the relay and of the store, and limits under load. */

import { describe, expect, it } from '@jest/globals';

import { readConfig } from '../../../config.ts';
import { DAY, HOUR, SECOND } from '../../../harness/durations.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL, REGISTRATION_SECRET } from '../../../harness/sample-delivery.ts';
import { PACE } from '../../../relay.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../../support/dispatcher-bed.ts';
import { delivery } from '../../support/new-delivery.ts';

const MINUTE = 60 * SECOND;
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

  it('backs off while a target fails, whatever arrives meanwhile, without delaying other subscriptions', async () => {
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
    // The back-off doubles from 5 s to 1 h: 10 attempts in the first 1.4 hours, then one per hour. After 10 minutes,
    // each is followed by an attempt of the next delivery.
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

  it('limits the bytes of larger events in flight, without delaying small ones or other channels', async () => {
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
});
