/**
 * Subscriptions that the operator pauses and resumes, events that the operator skips, and events that are sent again.
 *
 * @slow days of attempts, 4 s of CPU
 */

import { describe, expect, it } from '@jest/globals';

import type { AttemptResult } from '../../../delivery/attempt-result.ts';
import { HOUR, SECOND } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../../support/dispatcher-bed.ts';
import { delivery } from '../../support/new-delivery.ts';
import { EVERYTHING } from '../../support/store-context.ts';

const bed = new DispatcherBed();

const name = () => ({ channel: CHANNEL, id: bed.subscription.id });
/** Withholds the response to the next attempt to deliver an event. Returns a function that sends the response. */
function holdBack(event: string): (result: AttemptResult) => Promise<void> {
  bed.respond = (attempted) => (attempted === event ? bed.hang() : DELIVERED);
  return (result) => {
    bed.endAttempt(result);
    return bed.clock.settle();
  };
}

/** Skips the oldest waiting delivery. */
async function skip(): Promise<boolean> {
  await bed.state();
  const [oldest] = await bed.store.pending(bed.subscription.key, 0, 1);
  const isRequested = await bed.store.requestSkip(name(), oldest?.seq ?? 0);
  await bed.clock.settle();
  return isRequested;
}
async function change(request: 'pause' | 'resume'): Promise<void> {
  expect(await bed.store[request](name(), bed.clock.now())).toBe(true);
  await bed.clock.settle();
}

describe('a paused subscription', () => {
  it('does not give up events because of the pause: they can wait for a full day after it', async () => {
    bed.respond = () => FAILED;
    await bed.send('a', 'b');
    await bed.clock.advance(23 * HOUR);
    expect((await bed.state())?.failures).toBeGreaterThan(20);
    await change('pause');
    await bed.clock.advance(25 * HOUR);
    await change('resume');
    bed.attempted();
    await bed.clock.advance(23 * HOUR);
    expect(bed.attempted()).toMatch(/^a b( a b)+$/);
    expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 2 });
    await bed.clock.advance(3 * HOUR);
    expect(await bed.state()).toMatchObject({ deadLetters: 2, pending: 0 });
  });

  it('does not give up an event when an attempt that was in progress fails', async () => {
    bed.respond = () => FAILED;
    await bed.send('a');
    await bed.clock.advance(25 * HOUR);
    const answer = holdBack('b');
    // The event is old enough to be given up when the attempt fails.
    await bed.store.ingest([delivery('A', { actions: ['A', 'b'], receivedAt: bed.clock.now() - 25 * HOUR })]);
    await bed.clock.advance(HOUR);
    expect(bed.attempted()).toMatch(/ b$/);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 1 });
    await change('pause');
    await answer(FAILED);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 1 });
  });

  it('is attempted at once after the pause, regardless of its back-off, and redrives no dead letters during the pause', async () => {
    bed.respond = () => FAILED;
    await bed.send('a');
    await bed.clock.advance(26 * HOUR);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
    await bed.send('b');
    await change('pause');
    bed.respond = () => DELIVERED;
    bed.attempted();
    expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
    await bed.clock.advance(HOUR);
    expect(bed.attempted()).toBe('');
    await change('resume');
    await bed.clock.settle();
    expect(bed.attempted().split(' ').sort()).toEqual(['a', 'b']);
    expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 0 });
  });

  it('starts no attempt that was waiting for its turn', async () => {
    await bed.restart({ pacePerSubscription: 0.1, pacePerChannel: 0.1 });
    await bed.send('a', 'b', 'c', 'd');
    await bed.clock.advance(15 * SECOND);
    const before = bed.attempts.length;
    expect(before).toBeLessThan(4);
    await change('pause');
    await bed.clock.advance(HOUR);
    expect(bed.attempts).toHaveLength(before);
  });
});

describe('a skipped event', () => {
  it.each([
    ['becomes a dead letter', 'fails', FAILED, 1],
    ['is delivered', 'succeeds', DELIVERED, 0],
  ])(
    '%s if an attempt that is in progress %s, and the next event is not skipped',
    async (_, _how, result, deadLetters) => {
      const answer = holdBack('a');
      await bed.send('a', 'b');
      expect(await skip()).toBe(true);
      expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 2 });
      // A second request that arrives before the first is carried out must not skip the next event.
      expect(await skip()).toBe(false);
      await answer(result);
      expect(bed.attempted()).toBe('a b');
      expect(await bed.state()).toMatchObject({ deadLetters, pending: 0 });
    },
  );

  it('is skipped by the next claimant if the channel is not being served', async () => {
    bed.respond = () => FAILED;
    await bed.send('a', 'b');
    await bed.stopDispatcher();
    bed.attempted();
    expect(await skip()).toBe(true);
    bed.respond = () => DELIVERED;
    bed.startDispatcher();
    await bed.clock.settle();
    expect(bed.attempted()).toBe('b');
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
  });

  it('is redriven on request, but not when the target recovers from an outage', async () => {
    bed.respond = () => FAILED;
    await bed.send('a', 'b');
    await bed.clock.advance(25 * HOUR);
    await bed.send('poison', 'c');
    await bed.clock.advance(HOUR);
    expect(await bed.state()).toMatchObject({ deadLetters: 2, pending: 2 });
    expect(await skip()).toBe(true);
    bed.attempted();
    bed.respond = () => DELIVERED;
    await bed.clock.advance(2 * HOUR);
    expect(bed.attempted()).toBe('c a b');
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
    expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
    await bed.clock.settle();
    expect(bed.attempted()).toBe('poison');
  });

  it('becomes a dead letter after the store has failed to save the result', async () => {
    bed.respond = () => FAILED;
    await bed.send('a');
    const saveResults = bed.store.saveResults.bind(bed.store);
    let calls = 0;
    bed.store.saveResults = (...args) => (++calls < 3 ? Promise.reject(new Error('disk')) : saveResults(...args));
    await skip();
    await bed.clock.advance(5 * SECOND);
    expect(calls).toBe(3);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
  });
});

describe('a request to send again', () => {
  it('sends a delivered delivery again, within the rate limit of the channel, and records only this success', async () => {
    await bed.send('one', 'two', 'three');
    expect(await bed.attemptedAfter(SECOND)).toBe('one two three');
    await bed.state();
    await bed.restart({ pacePerSubscription: 1, pacePerChannel: 1 });
    const events = await bed.store.events(CHANNEL, {}, EVERYTHING, 9);
    const resends = events.map(({ seq }) => ({ subscriptionId: bed.subscription.id, seq }));
    expect(await bed.store.sendAgain(CHANNEL, resends, 9, bed.clock.now())).toEqual({ marked: 3, waiting: 0 });
    await bed.clock.settle();
    expect(bed.attempts.length).toBeLessThan(3);
    expect(await bed.attemptedAfter(5 * SECOND)).toBe('one two three');
    expect(await bed.state()).toMatchObject({ deadLetters: 0, pending: 0 });
    const recorded = await Promise.all(events.map(({ seq }) => bed.store.attemptsOf(CHANNEL, seq)));
    expect(recorded).toMatchObject(events.map(() => [{ number: 1, failure: null, isSentAgain: true }]));
  });

  it('turns a delivery into a dead letter if the target refuses it when it is sent again', async () => {
    await bed.send('one');
    await bed.clock.advance(SECOND);
    await bed.state();
    bed.respond = () => ({ type: 'refused', reason: 'HTTP 422' });
    const [event] = await bed.store.latest(CHANNEL, null, 1);
    const seq = event?.seq ?? 0;
    await bed.store.sendAgain(CHANNEL, [{ subscriptionId: bed.subscription.id, seq }], 9, bed.clock.now());
    await bed.clock.advance(SECOND);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
    expect(await bed.store.sendSummaries('dead', bed.subscription.id, 9)).toMatchObject([
      { seq, failure: 'HTTP 422', isRedriven: false },
    ]);
    expect(await bed.store.attemptsOf(CHANNEL, seq)).toMatchObject([{ failure: 'HTTP 422', isSentAgain: true }]);
  });
});
