/** The steps that a worker takes after a failed attempt. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { AttemptOutcome } from '../../delivery/attempts.ts';
import { DAY, SECOND } from '../../harness/durations.ts';
import { SKIPPED } from '../../store/outcomes/operator.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { DELIVERED, FAILED, newSends, NOW, REFUSED } from '../support/fake-delivery.ts';
import { waitingSend } from '../support/sample-subscription.ts';
import { countsOf } from '../support/test-metrics.ts';
import { WorkerBed } from '../support/worker-bed.ts';

const MINUTE = 60 * SECOND;
/** A subscription whose first event has been refused twice. */
const REFUSED_TWICE = { failures: 2, refusedTries: 2, refusedEvents: 1 };

let bed: WorkerBed;

beforeEach(() => {
  bed = new WorkerBed();
});

describe('after a failure', () => {
  it('the reason and the time of the next attempt are logged', async () => {
    bed.pending = newSends(1);
    bed.respond = () => REFUSED;
    await bed.start({ failures: 2 });
    expect(bed.lines).toEqual([
      {
        fields: { reason: 'HTTP 400', failures: 3, refusedEvents: 1, retryInSeconds: 10 },
        message: 'A delivery attempt failed. Retrying after the delay.',
      },
    ]);
  });

  it('a send that the target has refused three times is given up, and the next send is attempted at once', async () => {
    bed.pending = newSends(1, 2);
    bed.respond = (seq) => (seq === 1 ? REFUSED : DELIVERED);
    await bed.start(REFUSED_TWICE);
    expect(bed.attempts.map(({ seq, isRetry }) => [seq, isRetry])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(bed.results[0]).toMatchObject({ seq: 1, state: 'dead', failure: 'HTTP 400' });
    expect(bed.states[0]).toMatchObject({ failures: 0, refusedTries: 0, refusedEvents: 1, outageFrom: 1 });
    expect(await countsOf(bed.metrics.buried)).toEqual({ refused: 1 });
    expect(bed.lines).toEqual([
      {
        fields: { reason: 'HTTP 400' },
        message: expect.stringMatching(
          /^The target refused a delivery three times. Continuing with the next delivery./,
        ),
      },
    ]);
  });

  it('sends that have waited for more than a day are given up', async () => {
    bed.pending = [waitingSend(1, { receivedAt: NOW - DAY - 1 }), ...newSends(2)];
    bed.respond = () => FAILED;
    await bed.start({ failures: 19, suspectSince: NOW - DAY });
    expect(bed.attempted()).toEqual([1]);
    expect(bed.results).toMatchObject([{ state: 'waiting' }, { seq: 1, state: 'dead', failure: 'HTTP 500' }]);
    expect(bed.state).toMatchObject({ failures: 20, outageFrom: 1, nextAttemptAt: NOW + 3600 * SECOND });
  });

  it.each<[what: string, state: Partial<Subscription>, outcome: AttemptOutcome]>([
    ['refused three times', REFUSED_TWICE, REFUSED],
    ['old', { failures: 19 }, FAILED],
  ])(
    'a send that is %s is not given up if the operator has paused the subscription in the meantime',
    async (_what, state, outcome) => {
      bed.pending = [waitingSend(1, { receivedAt: NOW - DAY - 1 })];
      const end = bed.holdNextAttempt();
      await bed.start(state);
      bed.request({ pausedAt: NOW });
      await end(outcome);
      expect(bed.results).toMatchObject([{ state: 'waiting' }]);
    },
  );

  it('a send that the operator skipped during the attempt is given up because of the skip', async () => {
    bed.pending = newSends(1);
    const end = bed.holdNextAttempt();
    await bed.start(REFUSED_TWICE);
    bed.request({ skipSeq: 1 });
    await end(REFUSED);
    expect(bed.results).toMatchObject([{ state: 'waiting' }, { state: 'dead', failure: SKIPPED }]);
  });

  it.each([
    [10 * MINUTE, [1, 2]],
    [10 * MINUTE - 1, [1]],
  ])('for %d ms, the result is saved, and the sends %j have been attempted', async (age, seqs) => {
    bed.pending = newSends(1, 2);
    bed.respond = (seq) => (seq === 1 ? FAILED : DELIVERED);
    await bed.start({ failures: 7, suspectSince: NOW - age });
    expect(bed.attempts.map(({ seq }) => seq)).toEqual(seqs);
    expect(bed.calls.slice(1, 4)).toEqual(['attempt 1', 'waiting 1', 'save']);
    expect(bed.results.some(({ state }) => state === 'set_aside')).toBe(seqs.length > 1);
  });
});
