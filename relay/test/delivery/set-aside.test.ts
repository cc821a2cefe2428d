/** The setting aside of an event that the target fails to process, if the target accepts the next event. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { AttemptOutcome } from '../../delivery/attempts.ts';
import { createSendQueue } from '../../delivery/send-queue.ts';
import { ServedSubscription } from '../../delivery/served-subscription.ts';
import { probeNextSend } from '../../delivery/set-aside.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { DELIVERED, FAILED, FakeDelivery, newSends, NOW, TOO_LARGE } from '../support/fake-delivery.ts';
import { CLAIM, sampleSubscription, waitingSend } from '../support/sample-subscription.ts';

const FAILURE = { reason: 'HTTP 500', endedAt: NOW, durationMs: 5 };
/** The state of the subscription after the failure of its first send. */
const FAILING = { failures: 8, failingSince: NOW - 9, suspectSince: NOW - 9, nextAttemptAt: NOW + 9 };

let bed: FakeDelivery;
let served: ServedSubscription;
/** The sends that were set aside, with the failure of each. */
let aside: [seq: number, failure: object][];

beforeEach(() => {
  bed = new FakeDelivery();
  bed.pending = newSends(1, 2, 3);
  aside = [];
});

/** Attempts the second send. Returns true if another send can follow at once. */
async function probe(changes: Partial<Subscription> = {}): Promise<boolean> {
  const { store, results, log, attempts } = bed.parts();
  served = new ServedSubscription(sampleSubscription({ ...FAILING, ...changes }), CLAIM, results, NOW);
  const queue = createSendQueue(store, served.current.key, true);
  return probeNextSend(waitingSend(1), FAILURE, {
    served,
    queue,
    store,
    log,
    separate: {
      setAside: ({ seq }, failure) => {
        aside.push([seq, failure]);
        // The length shows that the failing send has left the queue.
        bed.calls.push(`first of ${queue.inMemory().length}`);
      },
    },
    attempt: async (send, next, isRetry) => {
      const result: AttemptOutcome = await attempts.attempt(send, { served, buckets: [] }, next, isRetry);
      return result.type === 'gone' ? null : result;
    },
    reportDelivered: ({ seq }) => {
      queue.remove(seq);
      served.change({ failures: 0 });
      bed.calls.push(`reported ${seq}`);
    },
  });
}

describe('an event that fails', () => {
  it('is set aside if the target accepts the next event, and the log names its number', async () => {
    expect(await probe()).toBe(true);
    expect(bed.attempts).toMatchObject([{ seq: 2, next: [1, 2, 3], isRetry: true }]);
    expect(bed.calls.slice(-3)).toEqual(['change', 'reported 2', 'first of 1']);
    expect(aside).toEqual([[1, FAILURE]]);
    expect(bed.lines).toEqual([
      { fields: { reason: 'HTTP 500', number: 1 }, message: expect.stringMatching(/^An event fails although/) },
    ]);
  });

  it('keeps its turn if the next event fails as well, which is recorded and does not change the back-off', async () => {
    bed.respond = () => FAILED;
    expect(await probe()).toBe(false);
    expect(bed.results).toMatchObject([{ seq: 2, state: 'waiting', failure: 'HTTP 500' }]);
    expect([served.current, aside]).toEqual([expect.objectContaining(FAILING), []]);
  });

  it.each<[what: string, outcome: AttemptOutcome]>([
    ['cannot be attempted', TOO_LARGE],
    ['shows that the Zap is off', { type: 'gone', endedAt: NOW, durationMs: 1 }],
  ])('keeps its turn if the next event %s, of which nothing is recorded', async (_what, outcome) => {
    bed.respond = () => outcome;
    expect(await probe()).toBe(false);
    expect([bed.results, aside]).toEqual([[], []]);
  });

  it('keeps its turn without an attempt if it is the only event, or if another event is set aside', async () => {
    bed.hasSetAside = true;
    expect(await probe()).toBe(false);
    [bed.hasSetAside, bed.pending] = [false, newSends(1)];
    expect(await probe()).toBe(false);
    expect([bed.attempts, aside]).toEqual([[], []]);
  });

  it('is not set aside if the operator has skipped it in the meantime', async () => {
    bed.respond = () => {
      served.takeRequests({ ...served.current, skipSeq: 1 });
      return DELIVERED;
    };
    await probe();
    expect([bed.calls.at(-1), aside, bed.lines]).toEqual(['reported 2', [], []]);
  });

  it('is followed by the dead letters of an outage that the target has ended', async () => {
    expect(await probe({ outageFrom: 4 })).toBe(false);
    expect(aside).toHaveLength(1);
  });
});
