/** The attempts that a dispatcher records, and deliveries that are sent again. */

import { describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import type { StoredAttempt } from '../../store/console/events.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';

const ALL = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

const bed = new DispatcherBed();

async function numberOfEvent(): Promise<number> {
  const [event] = await bed.store.events(CHANNEL, {}, ALL, 1);
  if (!event) throw new Error('There is no event.');
  return event.seq;
}

/** Returns the stored attempts of the only event, after all of them have been saved. */
async function attempts(): Promise<StoredAttempt[]> {
  await bed.state();
  return bed.store.attemptsOf(CHANNEL, await numberOfEvent());
}

describe('a dispatcher', () => {
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
    const [failed, succeeded, ...others] = await attempts();
    expect(others).toEqual([]);
    const attempt = { subscriptionId: bed.subscription.id, isSentAgain: false };
    expect(failed).toEqual({ ...attempt, number: 1, endedAt: startedAt, failure: 'HTTP 500', response, durationMs: 0 });
    expect(succeeded).toMatchObject({ ...attempt, number: 2, failure: null, response: null, durationMs: 70 });
    expect(succeeded?.endedAt).toBeGreaterThan(startedAt);
  });

  it('sends a delivered delivery again, within the rate limit of the channel, and records only this success', async () => {
    await bed.send('one', 'two', 'three');
    expect(await bed.attemptedAfter(SECOND)).toBe('one two three');
    await bed.state();
    await bed.restart({ pacePerSubscription: 1, pacePerChannel: 1 });
    const events = await bed.store.events(CHANNEL, {}, ALL, 9);
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
    const seq = await numberOfEvent();
    await bed.store.sendAgain(CHANNEL, [{ subscriptionId: bed.subscription.id, seq }], 9, bed.clock.now());
    await bed.clock.advance(SECOND);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
    expect(await bed.store.sendSummaries('dead', bed.subscription.id, 9)).toMatchObject([
      { seq, failure: 'HTTP 422', isRedriven: false },
    ]);
    expect(await attempts()).toMatchObject([{ failure: 'HTTP 422', isSentAgain: true }]);
  });
});
