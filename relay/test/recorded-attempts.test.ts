/** The attempts that a dispatcher records, and deliveries that are sent again. */

import { describe, expect, it, jest } from '@jest/globals';

import { AttemptWriter } from '../delivery/attempt-writer.ts';
import { SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import type { Attempt, StoredAttempt } from '../store/console-store.ts';
import { DELIVERED, DispatcherBed, FAILED } from './dispatcher-bed.ts';

const bed = new DispatcherBed();

/** Returns the number of the only event. */
async function numberOfEvent(): Promise<number> {
  const [event] = await bed.store.eventsIn(CHANNEL, [{ listId: null, after: 0, upTo: 9e9 }], 1);
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
    bed.respond = () => FAILED;
    await bed.send('one');
    const startedAt = bed.clock.now();
    bed.respond = async () => {
      await bed.clock.sleep(70, new AbortController().signal);
      return DELIVERED;
    };
    await bed.clock.advance(30 * SECOND);
    const [failed, succeeded, ...others] = await attempts();
    expect(others).toEqual([]);
    const seq = await numberOfEvent();
    const attempt = { subscriptionId: bed.subscription.id, seq, isSentAgain: false };
    expect(failed).toEqual({ ...attempt, number: 1, endedAt: startedAt, failure: 'HTTP 500', durationMs: 0 });
    expect(succeeded).toMatchObject({ ...attempt, number: 2, failure: null, durationMs: 70 });
    expect(succeeded?.endedAt).toBeGreaterThan(startedAt);
  });

  it('does not record a success on the first attempt', async () => {
    await bed.send('one');
    await bed.clock.advance(SECOND);
    expect(bed.attempted()).toBe('one');
    expect(await attempts()).toEqual([]);
  });

  it('does not record an attempt that ends the subscription', async () => {
    bed.respond = () => ({ outcome: 'gone' });
    await bed.send('one');
    await bed.clock.advance(SECOND);
    expect(await attempts()).toEqual([]);
  });

  it('sends a delivered delivery again, within the rate limit of the channel', async () => {
    await bed.send('one', 'two', 'three');
    await bed.clock.advance(SECOND);
    expect(bed.attempted()).toBe('one two three');
    await bed.state();
    await bed.stopDispatcher();
    await bed.startDispatcher(1);
    const events = await bed.store.eventsIn(CHANNEL, [{ listId: null, after: 0, upTo: 9e9 }], 9);
    const repetitions = events.map(({ seq }) => ({ subscriptionId: bed.subscription.id, seq }));
    expect(await bed.store.sendAgain(CHANNEL, repetitions, 9, bed.clock.now())).toEqual({ marked: 3, waiting: 0 });
    await bed.clock.settle();
    expect(bed.attempts.length).toBeLessThan(3);
    await bed.clock.advance(5 * SECOND);
    expect(bed.attempted()).toBe('one two three');
    expect(await bed.counts()).toEqual({ deadLetters: 0, pending: 0 });
    const recorded = await Promise.all(events.map(({ seq }) => bed.store.attemptsOf(CHANNEL, seq)));
    expect(recorded).toMatchObject(events.map(() => [{ number: 1, failure: null, isSentAgain: true }]));
  });

  it('turns a delivery into a dead letter if the target refuses it when it is sent again', async () => {
    await bed.send('one');
    await bed.clock.advance(SECOND);
    await bed.state();
    bed.respond = () => ({ outcome: 'refused', reason: 'HTTP 422' });
    const seq = await numberOfEvent();
    await bed.store.sendAgain(CHANNEL, [{ subscriptionId: bed.subscription.id, seq }], 9, bed.clock.now());
    await bed.clock.advance(SECOND);
    expect(await bed.counts()).toEqual({ deadLetters: 1, pending: 0 });
    expect(await bed.store.deadLetterSummaries(bed.subscription.id, 0, 9)).toMatchObject([
      { seq, reason: 'HTTP 422', isRedriven: false },
    ]);
    expect(await attempts()).toMatchObject([{ failure: 'HTTP 422', isSentAgain: true }]);
  });
});

describe('an attempt writer', () => {
  const attemptOf = (seq: number): Attempt => ({
    ...{ subscriptionId: 'x', seq, endedAt: seq, failure: 'HTTP 500', durationMs: 1, isSentAgain: false },
  });

  it('keeps the newest attempts while the store fails, and saves them later', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
    let isFailing = true;
    const saved: number[] = [];
    const store = {
      recordAttempts: (attempts: readonly Attempt[]) => {
        if (isFailing) return Promise.reject(new Error('disk full'));
        saved.push(...attempts.map(({ seq }) => seq));
        return Promise.resolve();
      },
    };
    const writer = new AttemptWriter({ store, clock, log, signal: stop.signal });
    for (let seq = 1; seq <= 1002; seq++) writer.add(attemptOf(seq));
    await clock.advance(SECOND);
    expect(log.error).toHaveBeenCalled();
    isFailing = false;
    await clock.advance(2 * SECOND);
    expect([saved.length, saved[0], saved.at(-1)]).toEqual([1000, 3, 1002]);
    stop.abort();
  });
});
