/** The worker of one subscription: the order of its attempts, its waits, and the requests of the operator. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { DAY, SECOND } from '../../harness/durations.ts';
import { DELIVERED, FAILED, newSends, NOW, TOO_LARGE } from '../support/fake-delivery.ts';
import { waitingSend } from '../support/sample-subscription.ts';
import { countsOf } from '../support/test-metrics.ts';
import { WorkerBed } from '../support/worker-bed.ts';

const MINUTE = 60 * SECOND;

let bed: WorkerBed;

beforeEach(() => {
  bed = new WorkerBed();
});

describe('a worker', () => {
  it('attempts the pending sends one at a time and in order, and names those whose content is needed next', async () => {
    bed.pending = newSends(1, 2, 3);
    await bed.start();
    expect(bed.attempts).toMatchObject([
      { seq: 1, next: [1, 2, 3], isRetry: false },
      { seq: 2, next: [2, 3], isRetry: false },
      { seq: 3, next: [3], isRetry: false },
    ]);
    expect(bed.results).toMatchObject([1, 2, 3].map((seq) => ({ seq, state: 'delivered', isRecorded: false })));
    expect([bed.state?.lastSuccessAt, bed.worker.dueAt]).toEqual([NOW, Infinity]);
  });

  it('attempts sends that are offered, and sends that it expects in the store, while it has no other work', async () => {
    await bed.start();
    expect([bed.calls, bed.worker.dueAt]).toEqual([[], Infinity]);
    bed.pending = newSends(1, 2);
    bed.worker.offer(waitingSend(1));
    expect(await bed.attemptedAfter(0)).toEqual([1]);
    bed.worker.expectMore();
    expect(await bed.attemptedAfter(0)).toEqual([2]);
  });

  it('is busy during an attempt, and otherwise due at the end of its back-off', async () => {
    bed.pending = newSends(1);
    const end = bed.holdNextAttempt();
    await bed.start();
    expect(bed.worker.dueAt).toBe(0);
    await end(FAILED);
    expect(bed.worker.dueAt).toBe(NOW + 5 * SECOND);
    bed.holdNextAttempt();
    await bed.clock.advance(5 * SECOND);
    expect([bed.attempted(), bed.worker.dueAt]).toEqual([[1, 1], 0]);
  });

  it('waits for the end of the back-off, regardless of new sends, and then records a success', async () => {
    bed.pending = newSends(1);
    bed.respond = () => FAILED;
    await bed.start();
    expect(bed.results).toMatchObject([{ seq: 1, state: 'waiting', failure: 'HTTP 500', isRecorded: true }]);
    expect(bed.state).toMatchObject({ failures: 1, failingSince: NOW, nextAttemptAt: NOW + 5 * SECOND });
    bed.worker.offer(waitingSend(2));
    expect(await bed.attemptedAfter(5 * SECOND - 1)).toEqual([1]);
    bed.respond = () => DELIVERED;
    await bed.clock.advance(1);
    expect(bed.attempts).toMatchObject([
      { seq: 1, isRetry: true },
      { seq: 2, isRetry: false },
    ]);
    expect(bed.results.slice(1).map(({ isRecorded }) => isRecorded)).toEqual([true, false]);
    expect(bed.state).toMatchObject({ failures: 0, nextAttemptAt: 0 });
  });

  it('saves its results before it waits', async () => {
    bed.redriven = newSends(1);
    bed.respond = () => FAILED;
    await bed.start({ isRedriving: true });
    expect(bed.calls).toEqual(['save', 'redriven', 'attempt 1', 'waiting 1', 'save']);
  });

  it('logs the code of an error of the store without its text, and tries again after a second', async () => {
    bed.pending = newSends(1);
    let failures = 2;
    bed.beforeCall = () => {
      if (failures-- > 0) throw Object.assign(new Error('secret'), { code: 'SQLITE_FULL' });
    };
    await bed.start();
    await bed.clock.advance(SECOND - 1);
    const message = 'Reading or updating a subscription in the store failed. Retrying in 1 s.';
    expect(bed.lines).toEqual([{ fields: { error: 'SQLITE_FULL' }, message }]);
    expect(await bed.attemptedAfter(SECOND)).toEqual([]);
    expect(await bed.attemptedAfter(1)).toEqual([1]);
  });
});

describe('a stop', () => {
  it('waits for the attempt in flight, and no other attempt starts', async () => {
    bed.pending = newSends(1, 2);
    const end = bed.holdNextAttempt();
    await bed.start();
    let hasStopped = false;
    const stopped = bed.worker.stop().then(() => (hasStopped = true));
    await bed.clock.settle();
    expect(hasStopped).toBe(false);
    await end(DELIVERED);
    await stopped;
    bed.worker.offer(waitingSend(3));
    expect(await bed.attemptedAfter(DAY)).toEqual([1]);
    expect(bed.results).toMatchObject([{ seq: 1, state: 'delivered' }]);
  });

  it('ends the wait that begins while results are saved', async () => {
    bed.pending = newSends(1);
    const held = Promise.withResolvers<undefined>();
    bed.beforeCall = () => held.promise;
    await bed.start({ nextAttemptAt: NOW + MINUTE });
    const stopped = bed.worker.stop();
    held.resolve(undefined);
    await stopped;
    expect(bed.attempted()).toEqual([]);
  });

  it('ends the pause after an error of the store, and carries out no request', async () => {
    bed.pending = newSends(1);
    bed.beforeCall = () => {
      throw new Error('disk');
    };
    await bed.start();
    await bed.worker.stop();
    bed = new WorkerBed();
    bed.pending = newSends(1);
    await bed.start({ nextAttemptAt: NOW + MINUTE });
    bed.request({ skipSeq: 1 });
    await bed.worker.stop();
    expect([bed.attempted(), bed.results]).toEqual([[], []]);
  });
});

describe('a request of the operator', () => {
  it.each([false, true])(
    'to retry ends the back-off, even if it arrives while results are saved: %j',
    async (isHeld) => {
      bed.pending = newSends(1);
      const held = Promise.withResolvers<undefined>();
      if (isHeld) bed.beforeCall = () => held.promise;
      await bed.start({ nextAttemptAt: NOW + MINUTE });
      bed.request({ retriedAt: NOW });
      held.resolve(undefined);
      expect(await bed.attemptedAfter(0)).toEqual([1]);
    },
  );

  it('to pause halts the attempts until the pause ends', async () => {
    bed.pending = newSends(1, 2);
    const end = bed.holdNextAttempt();
    await bed.start();
    bed.request({ pausedAt: NOW });
    await end(DELIVERED);
    bed.worker.offer(waitingSend(3));
    expect(await bed.attemptedAfter(DAY)).toEqual([1]);
    expect(bed.worker.dueAt).toBe(Infinity);
    bed.request({ pausedAt: null, resumedAt: NOW });
    expect(await bed.attemptedAfter(0)).toEqual([2, 3]);
  });

  it('to skip the first send is carried out during a pause', async () => {
    bed.pending = newSends(1);
    await bed.start({ pausedAt: NOW });
    bed.request({ skipSeq: 1 });
    expect(await bed.attemptedAfter(0)).toEqual([]);
    expect(bed.results).toMatchObject([{ seq: 1, state: 'dead' }]);
  });

  it('to redrive is carried out, in batches of ten between which pending sends are attempted', async () => {
    await bed.start();
    bed.pending = newSends(21, 22);
    bed.redriven = newSends(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    bed.request({ isRedriving: true });
    bed.worker.expectMore();
    expect(await bed.attemptedAfter(0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 21, 11, 22]);
  });
});

it('pending sends that fail wait for the end of their back-off, while redriven sends are attempted', async () => {
  bed.pending = newSends(1);
  bed.respond = () => FAILED;
  await bed.start({ failures: 5 });
  bed.redriven = newSends(2);
  bed.request({ isRedriving: true });
  expect(await bed.attemptedAfter(6 * SECOND)).toEqual([1, 2, 2]);
});

it('redriven sends that fail wait for the end of their own back-off, while new sends are attempted at once', async () => {
  bed.redriven = newSends(1);
  bed.respond = (seq) => (seq === 1 ? FAILED : DELIVERED);
  await bed.start({ isRedriving: true });
  await bed.clock.advance(SECOND);
  bed.worker.offer(waitingSend(2));
  expect(await bed.attemptedAfter(4 * SECOND - 1)).toEqual([1, 2]);
  expect(await bed.attemptedAfter(1)).toEqual([1]);
});

it.each([[[1, 2]], [[1]]])(
  'the dead letters of an outage are redriven right after the success that ends the outage, with %j pending',
  async (seqs) => {
    bed.pending = newSends(...seqs);
    await bed.start({ failures: 20, outageFrom: 4, lastFailure: 'HTTP 500' });
    const rest = seqs.slice(1).flatMap((seq) => [`attempt ${seq}`, `delivered ${seq}`]);
    expect(bed.calls.filter((call) => /^(attempt|delivered|redrive from)/.test(call))).toEqual([
      'attempt 1',
      'delivered 1',
      'redrive from 4',
      ...rest,
    ]);
  },
);

it('ends a subscription whose Zap is off, after its results have been saved', async () => {
  bed.pending = newSends(1, 2, 3);
  const gone = new Set([2]);
  bed.respond = (seq) => (gone.delete(seq) ? { type: 'gone', endedAt: NOW, durationMs: 1 } : DELIVERED);
  await bed.start();
  await bed.clock.advance(DAY);
  expect(bed.attempted()).toEqual([1, 2]);
  expect(bed.calls.slice(-3)).toEqual(['attempt 2', 'save', `unsubscribe ${bed.served.current.id} as gone`]);
  expect(bed.results).toHaveLength(1);
  expect(await countsOf(bed.metrics.buried)).toEqual({ gone: 2 });
});

it('gives up a send that is too large, counts it once, and logs the reason', async () => {
  bed.pending = newSends(1, 2);
  bed.respond = (seq) => (seq === 1 ? TOO_LARGE : DELIVERED);
  await bed.start();
  expect(bed.results.map(({ seq, state, failure }) => [seq, state, failure])).toEqual([
    [1, 'dead', TOO_LARGE.reason],
    [2, 'delivered', null],
  ]);
  expect(bed.states[0]).toMatchObject({ failures: 0, lastFailure: null, outageFrom: null });
  expect(await countsOf(bed.metrics.buried)).toEqual({ too_large: 1 });
  const message = `${TOO_LARGE.message} Continuing with the next delivery.`;
  expect(bed.lines).toEqual([{ fields: { reason: TOO_LARGE.reason }, message }]);
});
