/**
 * The worker of a Zap: the attempts that it records, the events that it gives up, its lines in the log, and a long
 * backlog.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { MAX_ENVELOPE_BYTES } from '../../../wire/sealing/format.ts';
import type { AttemptResult } from '../../delivery/attempt-result.ts';
import { DAY, HOUR, SECOND } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import { shortNameOf } from '../../short-name.ts';
import type { StoredAttempt } from '../../store/console/events.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { DATA_KEY, delivery } from '../support/new-delivery.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

const MINUTE = 60 * SECOND;
const REFUSED: AttemptResult = { type: 'refused', reason: 'HTTP 400' };
/** Number of events in a long backlog. */
const BACKLOG = 2_500;
const ALL = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
const TOO_LARGE = { ...DATA_KEY, sealed: Buffer.alloc((MAX_ENVELOPE_BYTES * 3) / 4) };

const bed = new DispatcherBed();
let metrics: Metrics;
beforeEach(async () => {
  metrics = createTestMetrics(bed.clock);
  await bed.restart({ metrics });
});

/** Returns the fields of the lines with a message, without the names of the channel and the Zap. */
function fieldsOf(message: string): object[] {
  const names = { channel: shortNameOf(CHANNEL), subscription: bed.subscription.id, trigger: null, zap: null };
  return bed.lines
    .filter((line) => line.message.startsWith(message))
    .map(({ fields }) => {
      expect(fields).toMatchObject(names);
      return Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.keys(names).includes(name)));
    });
}

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

describe('a worker', () => {
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

describe('the log', () => {
  it('names the trigger and the id of the Zap', async () => {
    bed.respond = () => FAILED;
    const description = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
    const zap = { targetUrl: 'y', filter: { actions: ['B'] }, description };
    await bed.store.subscribe(CHANNEL, zap, 9, 0);
    await bed.ingest(['B']);
    const names = { channel: shortNameOf(CHANNEL), trigger: 'Lesson Completed', zap: '987654' };
    expect(bed.lines).toMatchObject([{ fields: names }]);
  });

  it('tells the reason for each failure, and when the event is attempted again', async () => {
    bed.respond = (name) => (name === 'a' ? FAILED : REFUSED);
    await bed.send('a');
    await bed.clock.advance(5 * SECOND);
    bed.respond = () => REFUSED;
    await bed.clock.advance(10 * SECOND);
    const line = 'A delivery attempt failed. Retrying after the delay.';
    expect(fieldsOf(line)).toEqual([
      { reason: 'HTTP 500', failures: 1, refusedEvents: 0, retryInSeconds: 5 },
      { reason: 'HTTP 500', failures: 2, refusedEvents: 0, retryInSeconds: 10 },
      { reason: 'HTTP 400', failures: 3, refusedEvents: 1, retryInSeconds: 10 },
    ]);
  });

  it('tells how many events were given up, and why', async () => {
    bed.respond = () => FAILED;
    await bed.send('a');
    bed.store.database.exec('UPDATE subscriptions SET failures = 30');
    await bed.restart({ metrics });
    await bed.clock.advance(HOUR);
    bed.store.database.exec(`UPDATE deliveries SET received_at = received_at - ${DAY}`);
    await bed.restart({ metrics });
    await bed.clock.advance(HOUR);
    expect(fieldsOf('Gave up deliveries that had waited for more than a day.')).toEqual([
      { count: 1, reason: 'HTTP 500' },
    ]);
    expect(await countsOf(metrics.buried)).toEqual({ error_response: 1 });
  });

  it('names the event that is set aside, which counts as given up when it is a day old', async () => {
    bed.respond = (name) => (name === 'poison' ? FAILED : DELIVERED);
    await bed.send('a');
    const receivedAt = bed.clock.now() - DAY + 12 * MINUTE;
    await bed.store.ingest([delivery('A', { actions: ['A', 'poison'], receivedAt }), delivery('A', { receivedAt })]);
    await bed.clock.advance(11 * MINUTE);
    expect(fieldsOf('An event fails although')).toEqual([{ reason: 'HTTP 500', number: 2 }]);
    expect(await countsOf(metrics.buried)).toEqual({});
    await bed.clock.advance(3 * MINUTE);
    expect(await countsOf(metrics.buried)).toEqual({ error_response: 1 });
  });

  it('tells that an event was skipped', async () => {
    bed.respond = () => FAILED;
    await bed.send('a');
    await bed.store.requestSkip({ channel: CHANNEL, id: bed.subscription.id }, 1);
    await bed.clock.settle();
    expect(fieldsOf("Skipped a delivery at the operator's request.")).toEqual([{}]);
    expect(await countsOf(metrics.buried)).toEqual({ skipped: 1 });
  });

  it('tells the error of a store that fails, but not the text of the error', async () => {
    bed.store.pending = () => Promise.reject(Object.assign(new Error('secret'), { code: 'SQLITE_FULL' }));
    bed.store.arrivals = () => Promise.reject(Object.assign(new Error('secret'), { code: 'SQLITE_IOERR' }));
    await bed.send('a');
    await bed.send('b');
    const line = 'Reading or updating a subscription in the store failed. Retrying in 1 s.';
    expect(fieldsOf(line)).toEqual([{ error: 'SQLITE_FULL' }]);
    expect(bed.lines).toContainEqual({
      fields: { channel: shortNameOf(CHANNEL), error: 'SQLITE_IOERR' },
      message: 'Reading new deliveries from the store failed. Retrying in 1 s.',
    });
    await bed.clock.advance(3 * SECOND);
    expect(fieldsOf(line)).toHaveLength(4);
  });
});

describe('an event that is given up', () => {
  it.each([
    ['refused', { refused: 1 }, 'The target refused a delivery three times.', { reason: 'HTTP 400' }],
    ['too large', { too_large: 1 }, 'A delivery is larger than Zapier accepts.', { reason: 'too large for Zapier' }],
  ])('because it is %s is counted once, and the log tells the reason', async (what, counts, message, fields) => {
    bed.respond = (name) => (name === 'refused' ? REFUSED : DELIVERED);
    const content = what === 'refused' ? {} : { content: TOO_LARGE };
    await bed.store.ingest([delivery('A', { actions: ['A', what], receivedAt: bed.clock.now(), ...content })]);
    await bed.clock.advance(2 * MINUTE);
    expect(await countsOf(metrics.buried)).toEqual(counts);
    expect(fieldsOf(message)).toEqual([fields]);
  });

  it('because its Zap is off is counted', async () => {
    await bed.stopDispatcher();
    await bed.send('a', 'b');
    bed.respond = () => ({ type: 'gone' });
    bed.startDispatcher({ metrics });
    await bed.clock.settle();
    expect(await countsOf(metrics.buried)).toEqual({ gone: 2 });
  });
});

it('ends a subscription whose Zap is off, whose waiting events become dead letters', async () => {
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

/**
 * Stores events that have waited for more than a day, for a Zap that has failed so often that the next failure gives
 * them up.
 */
async function fillBacklog(): Promise<void> {
  await bed.stopDispatcher();
  // Without a dispatcher, this takes no time.
  await bed.clock.advance(30 * HOUR);
  bed.respond = (_name, target) => (target === 'x' ? FAILED : DELIVERED);
  const receivedAt = bed.clock.now() - 26 * HOUR;
  const old = Array.from({ length: BACKLOG }, () => delivery('A', { receivedAt, subjectId: null }));
  for (let start = 0; start < BACKLOG; start += 500) await bed.store.ingest(old.slice(start, start + 500));
  bed.store.database.exec(
    `UPDATE subscriptions SET failures = 30, failing_since = ${receivedAt} WHERE target_url = 'x'`,
  );
}

it('saves at most 1,000 results at once while a backlog is given up, and other channels go on', async () => {
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

  // The dead letters are redriven in steps as well.
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

it('continues to give up a backlog at the next failure if the store has failed meanwhile', async () => {
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
