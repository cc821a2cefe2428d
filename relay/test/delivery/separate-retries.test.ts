/** The attempts of one subscription's sends that are redriven or set aside. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { AttemptSend } from '../../delivery/attempts.ts';
import { SeparateRetries } from '../../delivery/separate-retries.ts';
import { ServedSubscription } from '../../delivery/served-subscription.ts';
import { DAY, SECOND } from '../../harness/durations.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import type { HeldClaim, SendResult, WaitingSend } from '../../store/rows/send.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { CLAIM, sampleSubscription, waitingSend } from '../support/sample-subscription.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

type Outcome = Awaited<ReturnType<AttemptSend>>;

const NOW = DAY;
const END = { endedAt: NOW, durationMs: 5 };
const DELIVERED: Outcome = { type: 'delivered', ...END };
const REFUSED: Outcome = { type: 'refused', reason: 'HTTP 400', ...END };
const FAILED: Outcome = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null, ...END };

let served: ServedSubscription;
let separate: SeparateRetries;
/** The sends that the store returns. */
let redriven: WaitingSend[];
let marks: { readonly count: number; readonly nextSeq: number | null }[];
/** The calls to the store and to the results writer, in order. */
let calls: string[];
let results: SendResult[];
let lines: { readonly fields: object; readonly message: string }[];
let attempts: { readonly seq: number; readonly next: number[]; readonly isRetry: boolean }[];
let respond: (seq: number) => Outcome;
let metrics: Metrics;

/** Creates the separate retries of a subscription that can have dead letters to redrive. */
function setUp(changes: Partial<Subscription> = {}): void {
  const clock = new FakeClock(NOW);
  metrics = createTestMetrics(clock);
  const log = (fields: object, message: string): void => void lines.push({ fields, message });
  const add = (_claim: HeldClaim, send: SendResult | null) => {
    calls.push('add');
    if (send) results.push(send);
  };
  served = new ServedSubscription(sampleSubscription({ isRedriving: true, ...changes }), CLAIM, { add }, NOW);
  separate = new SeparateRetries({
    served,
    clock,
    attempt: (send, next, isRetry) => {
      attempts.push({ seq: send.seq, next: next().map(({ seq }) => seq), isRetry });
      return Promise.resolve(respond(send.seq));
    },
    store: {
      redriven: (_subscription, limit) => {
        calls.push('read');
        return Promise.resolve(redriven.slice(0, limit));
      },
      redriveFrom: (_channel, _id, seq) => {
        calls.push(`mark from ${seq}`);
        return Promise.resolve(marks.shift() ?? { count: 0, nextSeq: null });
      },
    },
    results: {
      save: () => {
        calls.push('save');
        return Promise.resolve(true);
      },
    },
    log: { info: log, warn: log, error: log },
    metrics,
    random: () => 1,
  });
}

beforeEach(() => {
  redriven = [1, 2, 3].map((seq) => waitingSend(seq));
  [marks, calls, results, lines, attempts] = [[], [], [], [], []];
  respond = () => DELIVERED;
});

describe('a batch', () => {
  it('is read after earlier results are saved, and names the sends whose content is needed next', async () => {
    setUp();
    await separate.attemptBatch();
    expect(calls.slice(0, 2)).toEqual(['save', 'read']);
    expect(attempts).toEqual([
      { seq: 1, next: [1, 2, 3], isRetry: false },
      { seq: 2, next: [2, 3], isRetry: false },
      { seq: 3, next: [3], isRetry: false },
    ]);
    expect(results).toMatchObject([1, 2, 3].map((seq) => ({ seq, state: 'delivered', failure: null })));
    expect(lines).toEqual([]);
  });

  it('has at most 10 sends, so that pending sends do not wait for a long redrive', async () => {
    setUp();
    redriven = Array.from({ length: 11 }, (_, index) => waitingSend(index + 1));
    await separate.attemptBatch();
    expect(attempts).toHaveLength(10);
    await separate.attemptBatch();
    expect(attempts).toHaveLength(20);
    expect(separate.dueAt).toBe(0);
  });

  it('ends at a failure, and the time of the next attempt is logged', async () => {
    setUp({ redriveFailures: 1 });
    respond = (seq) => (seq === 2 ? FAILED : DELIVERED);
    await separate.attemptBatch();
    expect(attempts.map(({ seq, isRetry }) => [seq, isRetry])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(results).toMatchObject([{ state: 'delivered' }, { seq: 2, state: 'waiting', failure: 'HTTP 500' }]);
    expect(separate.dueAt).toBe(NOW + 5 * SECOND);
    expect(lines).toEqual([
      {
        fields: { reason: 'HTTP 500', failures: 1, retryInSeconds: 5 },
        message: expect.stringMatching(/Retrying after the delay/),
      },
    ]);
  });

  it('continues after a refusal, which is logged', async () => {
    setUp();
    respond = (seq) => (seq === 2 ? REFUSED : DELIVERED);
    await separate.attemptBatch();
    expect(results.map((send) => send.state)).toEqual(['delivered', 'dead', 'delivered']);
    expect(lines).toEqual([
      { fields: { reason: 'HTTP 400' }, message: 'A dead letter was refused again. It remains a dead letter.' },
    ]);
  });

  it('ends when attempts are halted, or if an attempt does not start', async () => {
    setUp();
    respond = () => {
      served.takeRequests({ ...served.current, pausedAt: NOW });
      return DELIVERED;
    };
    await separate.attemptBatch();
    expect(attempts).toHaveLength(1);
    setUp();
    respond = () => null;
    await separate.attemptBatch();
    expect(attempts).toHaveLength(2);
    expect(results).toHaveLength(1);
  });

  it('ends the redrive if it has no sends, until another redrive starts', async () => {
    setUp({ redriveFailures: 3, nextRedriveAt: NOW });
    redriven = [];
    await separate.attemptBatch();
    expect(separate.dueAt).toBe(Infinity);
    expect(served.current).toMatchObject({ redriveFailures: 0, nextRedriveAt: 0 });
    separate.start();
    expect(separate.dueAt).toBe(0);
  });

  it.each([
    ['dead', true, DAY + 1],
    ['waiting', true, DAY],
    ['waiting', false, DAY + 1],
  ])('makes a failing send %s (set aside: %j, age in milliseconds: %d)', async (expected, isSetAside, age) => {
    setUp();
    redriven = [waitingSend(1, { isSetAside, receivedAt: NOW - age })];
    respond = () => FAILED;
    await separate.attemptBatch();
    expect(results).toMatchObject([{ state: expected }]);
    expect(await countsOf(metrics.buried)).toEqual(expected === 'dead' ? { error_response: 1 } : {});
  });
});

describe('the dead letters of an outage', () => {
  it('are marked in steps after earlier results are saved, and then are due', async () => {
    setUp({ isRedriving: false, outageFrom: 4 });
    marks = [
      { count: 2, nextSeq: 6 },
      { count: 1, nextSeq: null },
    ];
    expect(separate.dueAt).toBe(Infinity);
    await separate.startAfterOutage();
    expect(calls).toEqual(['save', 'mark from 4', 'add', 'mark from 6', 'add']);
    expect([separate.dueAt, served.current.outageFrom]).toEqual([0, null]);
    expect(lines).toMatchObject([{ fields: { count: 3 } }]);
  });

  it('start no redrive if none is left', async () => {
    setUp({ isRedriving: false, outageFrom: 4 });
    await separate.startAfterOutage();
    expect([separate.dueAt, served.current.outageFrom]).toEqual([Infinity, null]);
    expect(lines).toEqual([]);
  });

  it('are not marked while attempts are halted', async () => {
    setUp({ isRedriving: false, outageFrom: 4, pausedAt: NOW });
    await separate.startAfterOutage();
    expect([calls, served.current.outageFrom]).toEqual([['save'], 4]);
  });
});

it('a send that is set aside has its first retry after the shortest back-off', () => {
  setUp({ isRedriving: false, redriveFailures: 7 });
  separate.setAside(waitingSend(1), { reason: 'HTTP 500', endedAt: 8, durationMs: 3 });
  expect(separate.dueAt).toBe(NOW + 5 * SECOND);
  expect(served.current.redriveFailures).toBe(1);
  // The duration is null, because the failed attempt has already been recorded.
  expect(results).toMatchObject([{ seq: 1, state: 'set_aside', failure: 'HTTP 500', endedAt: 8, durationMs: null }]);
});
