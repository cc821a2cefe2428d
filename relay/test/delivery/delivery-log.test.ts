/** The lines about deliveries in the log, and the counter of the events that are given up. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { MAX_ENVELOPE_BYTES } from '../../../wire/sealing/format.ts';
import type { AttemptResult } from '../../delivery/attempt-result.ts';
import { DAY, HOUR, SECOND } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import { shortNameOf } from '../../short-name.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../support/dispatcher-bed.ts';
import { DATA_KEY, delivery } from '../support/new-delivery.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

const MINUTE = 60 * SECOND;
const REFUSED: AttemptResult = { type: 'refused', reason: 'HTTP 400' };
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
