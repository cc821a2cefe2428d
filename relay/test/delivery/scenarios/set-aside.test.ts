/**
 * Events that a target fails to process, although it accepts other events.
 *
 * @slow days of attempts, 4 s of CPU
 */

import { describe, expect, it } from '@jest/globals';

import type { AttemptResult } from '../../../delivery/attempt-result.ts';
import { DAY, HOUR, SECOND } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../../support/dispatcher-bed.ts';
import { delivery } from '../../support/new-delivery.ts';
import { countsOf, createTestMetrics } from '../../support/test-metrics.ts';

const MINUTE = 60 * SECOND;

const bed = new DispatcherBed();

const failAt = (...names: string[]) => {
  bed.respond = (name) => (names.includes(name) ? FAILED : DELIVERED);
};
/**
 * Sends events, and waits until the first event is set aside. The target fails to process events whose names begin with
 * `p`.
 */
async function setAside(milliseconds = 15 * MINUTE, ...names: string[]): Promise<void> {
  const sent = names.length > 0 ? names : ['poison', 'a'];
  failAt(...sent.filter((name) => name.startsWith('p')));
  await bed.send(...sent);
  await bed.attemptedAfter(milliseconds);
}
const failedWith = (reason: string): AttemptResult => ({ type: 'failed', reason, retryAfterMs: null });
const seqOf = async (index: number) => (await bed.store.latest(CHANNEL, null, 99)).at(-1 - index)?.seq ?? 0;

describe('an event that fails while the target accepts the next one', () => {
  it.each(['HTTP 500', 'ECONNRESET', 'ATTEMPT_TIMEOUT'])('is set aside after 10 minutes of %s', async (reason) => {
    bed.respond = (name) => (name === 'poison' ? failedWith(reason) : DELIVERED);
    await bed.send('a', 'poison', 'b', 'c');
    expect(await bed.attemptedAfter(9 * MINUTE)).toMatch(/^a( poison)+$/);
    expect(await bed.attemptedAfter(6 * MINUTE)).toMatch(/^poison b c( poison)+$/);
    expect(await bed.state()).toMatchObject({ failures: 0, pending: 0, deadLetters: 1, isRedriving: true });
    await bed.send('d', 'e');
    expect(bed.attempted()).toBe('d e');
  });

  it('arrives once, as soon as the target accepts it', async () => {
    await setAside();
    failAt();
    expect(await bed.attemptedAfter(HOUR)).toBe('poison');
    expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 0 });
    expect(await bed.attemptedAfter(DAY)).toBe('');
  });

  it('is retried with a back-off of its own, and is a dead letter after a day', async () => {
    await setAside();
    await bed.clock.advance(23 * HOUR);
    expect(bed.attempts.length).toBeLessThan(40);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, isRedriving: true });
    await bed.clock.advance(2 * HOUR);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, isRedriving: false });
    expect(await bed.store.sendSummaries('dead', bed.subscription.id, 9)).toMatchObject([{ failure: 'HTTP 500' }]);
    bed.attempted();
    expect(await bed.attemptedAfter(2 * DAY)).toBe('');
  });

  it('is named in the log, and counts as given up when it is a day old', async () => {
    const metrics = createTestMetrics(bed.clock);
    await bed.restart({ metrics });
    bed.respond = (name) => (name === 'poison' ? FAILED : DELIVERED);
    await bed.send('a');
    const receivedAt = bed.clock.now() - DAY + 12 * MINUTE;
    await bed.store.ingest([delivery('A', { actions: ['A', 'poison'], receivedAt }), delivery('A', { receivedAt })]);
    await bed.clock.advance(11 * MINUTE);
    const lines = bed.lines.filter(({ message }) => message.startsWith('An event fails although'));
    expect(lines).toMatchObject([{ fields: { reason: 'HTTP 500', number: 2 } }]);
    expect(await countsOf(metrics.buried)).toEqual({});
    await bed.clock.advance(3 * MINUTE);
    expect(await countsOf(metrics.buried)).toEqual({ error_response: 1 });
  });

  it('delays no later event, even while the channel stays claimed because an event arrives each second', async () => {
    await setAside(3 * HOUR);
    bed.attempted();
    for (let count = 0; count < 60; count++) {
      await bed.send('b');
      expect(bed.to('x').filter(({ name }) => name === 'b')).toHaveLength(count + 1);
      await bed.clock.advance(SECOND);
    }
  });

  it('stays set aside after a restart', async () => {
    await setAside();
    await bed.restart();
    await bed.send('b');
    expect(bed.attempted()).toBe('b');
    expect(await bed.attemptedAfter(HOUR)).toMatch(/^poison( poison)*$/);
  });

  it('is the only event of its Zap that is set aside: the next event that fails keeps its turn', async () => {
    failAt('p1', 'p2');
    await bed.send('p1', 'a', 'p2', 'b');
    expect(await bed.attemptedAfter(15 * MINUTE)).toMatch(/^(p1 )+a (p[12] ?)+$/);
    expect(await bed.attemptedAfter(2 * HOUR)).not.toMatch(/b/);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 2 });
    failAt('p2');
    await bed.clock.advance(HOUR);
    // The target accepts p1, so p2 can be set aside.
    expect(bed.attempted()).toMatch(/p1.* p2 b/);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
  });

  it('is attempted at once when a user sends it again, and another event can be set aside once it has arrived', async () => {
    await setAside(3 * HOUR, 'p1', 'a', 'p2', 'b');
    const again = { subscriptionId: bed.subscription.id, seq: await seqOf(0) };
    expect(await bed.store.sendAgain(CHANNEL, [again], 9, bed.clock.now())).toEqual({ marked: 1, waiting: 0 });
    await bed.clock.settle();
    expect(bed.attempted()).toBe('p1');
    expect(await bed.attemptedAfter(HOUR)).toMatch(/p2 b/);
  });

  it('is attempted at once when someone requests a retry, as is the next failing event, however long the back-off', async () => {
    await setAside(3 * HOUR, 'p1', 'a', 'p2', 'b');
    const retry = () => bed.store.retryNow(CHANNEL, bed.subscription.id, bed.clock.now());
    expect(await retry()).toBe(1);
    await bed.clock.settle();
    expect(bed.attempted().split(' ').sort()).toEqual(['p1', 'p2']);
    // The failed attempts start another back-off.
    expect(await bed.attemptedAfter(MINUTE)).toBe('');
    await bed.stopDispatcher();
    failAt();
    expect(await bed.store.retryNow(CHANNEL, null, bed.clock.now())).toBe(1);
    bed.startDispatcher();
    await bed.clock.settle();
    expect(bed.attempted().split(' ').sort()).toEqual(['b', 'p1', 'p2']);
    expect(await retry()).toBe(0);
  });

  it('is given up if the operator skips it during the attempt of the next event', async () => {
    bed.respond = async (name) => {
      if (name === 'poison') return FAILED;
      await bed.store.requestSkip({ channel: CHANNEL, id: bed.subscription.id }, await seqOf(0));
      await bed.clock.settle();
      return DELIVERED;
    };
    await bed.send('poison', 'a');
    await bed.clock.advance(15 * MINUTE);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0, isRedriving: false });
  });
});

describe('a target that accepts no event', () => {
  it('gets one probe with the next event for each step of the back-off, and keeps the order', async () => {
    bed.respond = () => FAILED;
    await bed.send('a', 'b', 'c');
    expect(await bed.attemptedAfter(9 * MINUTE)).toMatch(/^a( a)+$/);
    expect(await bed.attemptedAfter(5 * HOUR)).toMatch(/^a b( a b)+$/);
    expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 3 });
    bed.respond = () => DELIVERED;
    expect(await bed.attemptedAfter(HOUR)).toBe('a b c');
  });

  it('gets the events in order when it recovers right after the failure that makes the oldest event a dead letter', async () => {
    const firstSentAt = bed.clock.now();
    bed.respond = () => FAILED;
    await bed.send('a');
    await bed.clock.advance(2 * HOUR);
    await bed.send('b', 'c');
    await bed.clock.advance(20 * HOUR);
    bed.attempted();
    let isGivenUp = false;
    bed.respond = (name) => {
      if (name !== 'a') return isGivenUp ? DELIVERED : FAILED;
      isGivenUp = bed.clock.now() - firstSentAt > DAY;
      return FAILED;
    };
    // After the failure, event b arrives, and then event c. In between, the redrive of event a fails.
    expect(await bed.attemptedAfter(5 * HOUR)).toMatch(/ a b a c( a)*$/);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
  });

  it('counts as turned off if it responds with 410 to a probe', async () => {
    bed.respond = (name) => (name === 'a' ? FAILED : { type: 'gone' });
    await bed.send('a', 'b');
    expect(await bed.attemptedAfter(15 * MINUTE)).toMatch(/^a( a)+ b$/);
    expect(await bed.state()).toBeUndefined();
    expect(bed.lines.map(({ message }) => message)).not.toContainEqual(expect.stringContaining('in the store failed'));
  });

  it('is not probed with an event that cannot be sent, and the event keeps its turn', async () => {
    bed.respond = () => FAILED;
    await bed.send('a', 'b');
    const deliveries = bed.store.deliveries.bind(bed.store);
    bed.store.deliveries = async (...args) =>
      (await deliveries(...args)).filter(({ actions }) => actions?.at(-1) !== 'b');
    await bed.restart();
    expect(await bed.attemptedAfter(15 * MINUTE)).toMatch(/^a( a)+$/);
    expect(await bed.state()).toMatchObject({ lastFailure: 'HTTP 500', pending: 2 });
    expect(await bed.store.attemptsOf(CHANNEL, await seqOf(1))).toEqual([]);
  });

  it.each([401, 402, 403, 429])('is not probed after HTTP %d', async (status) => {
    bed.respond = (name) => (name === 'a' ? failedWith(`HTTP ${status}`) : DELIVERED);
    await bed.send('a', 'b');
    expect(await bed.attemptedAfter(3 * HOUR)).toMatch(/^a( a)+$/);
    expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 2 });
  });

  it('is not probed until an event has failed for 10 minutes without a response about the target', async () => {
    let status = 429;
    bed.respond = (name) => (name === 'a' ? failedWith(`HTTP ${status}`) : DELIVERED);
    await bed.send('a', 'b');
    await bed.clock.advance(12 * MINUTE);
    status = 500;
    expect(await bed.attemptedAfter(10 * MINUTE)).toMatch(/^a( a)+$/);
  });
});
