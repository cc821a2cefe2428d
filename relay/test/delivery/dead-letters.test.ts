/** Pending sends that become dead letters because they are given up, too old or skipped. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { DeadLetters } from '../../delivery/dead-letters.ts';
import { createSendQueue, type SendQueue } from '../../delivery/send-queue.ts';
import { ServedSubscription } from '../../delivery/served-subscription.ts';
import { DAY } from '../../harness/durations.ts';
import { SKIPPED } from '../../store/outcomes/operator.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { FakeDelivery, newSends, NOW } from '../support/fake-delivery.ts';
import { CLAIM, sampleSubscription, waitingSend } from '../support/sample-subscription.ts';
import { countsOf } from '../support/test-metrics.ts';

const FAILURE = { reason: 'HTTP 500', endedAt: NOW - 1, durationMs: 5 };
/** The state of a subscription whose target has been at fault for a day. */
const AT_FAULT = { failures: 20, failingSince: 1, suspectSince: 2, nextAttemptAt: NOW + 9 };

let bed: FakeDelivery;
let served: ServedSubscription;
let queue: SendQueue;
let letters: DeadLetters;
/** True while results can be saved. */
let canSave: boolean;

beforeEach(() => {
  bed = new FakeDelivery();
  canSave = true;
});

function setUp(changes: Partial<Subscription> = {}): void {
  const parts = bed.parts();
  served = new ServedSubscription(sampleSubscription(changes), CLAIM, parts.results, NOW);
  queue = createSendQueue(parts.store, served.current.key, true);
  const save = async () => {
    await parts.results.save();
    return canSave;
  };
  letters = new DeadLetters({ ...parts, served, queue, results: { save } });
}
const oldSends = (count: number) =>
  Array.from({ length: count }, (_, index) => waitingSend(index + 1, { receivedAt: NOW - DAY - 1 }));

describe('a send that is given up', () => {
  it.each([
    [undefined, { error_response: 1 }],
    ['too_large', { too_large: 1 }],
  ])(
    'leaves the queue, changes the state, and is counted by its reason or the given kind: %j',
    async (kind, counts) => {
      bed.pending = newSends(1, 2);
      setUp();
      const send = await queue.at(0);
      if (!send) throw new Error('There is no send.');
      letters.giveUp(send, FAILURE, { outageFrom: 1 }, kind);
      expect((await queue.at(0))?.seq).toBe(2);
      expect(bed.results).toMatchObject([{ seq: 1, state: 'dead', failure: 'HTTP 500', durationMs: 5 }]);
      expect(bed.state?.outageFrom).toBe(1);
      expect(await countsOf(bed.metrics.buried)).toEqual(counts);
    },
  );
});

describe('the old sends', () => {
  it('are given up without an attempt, and their number and the reason are logged', async () => {
    bed.pending = [...oldSends(2), ...newSends(3)];
    setUp(AT_FAULT);
    await letters.giveUpOld(FAILURE, NOW);
    const dead = { state: 'dead', failure: 'HTTP 500', endedAt: NOW - 1, durationMs: null };
    expect(bed.results).toMatchObject([
      { seq: 1, ...dead },
      { seq: 2, ...dead },
    ]);
    expect(bed.state).toMatchObject({ ...AT_FAULT, suspectSince: null, outageFrom: 1 });
    expect(bed.lines).toEqual([
      {
        fields: { count: 2, reason: 'HTTP 500' },
        message: expect.stringMatching(/^Gave up deliveries that had waited/),
      },
    ]);
    expect(await countsOf(bed.metrics.buried)).toEqual({ error_response: 2 });
  });

  it('are no longer given up when attempts are halted', async () => {
    bed.pending = oldSends(201);
    setUp(AT_FAULT);
    bed.beforeCall = (call) => {
      if (call === 'pending after 200') served.takeRequests({ ...served.current, pausedAt: NOW });
    };
    await letters.giveUpOld(FAILURE, NOW);
    // The pause arrives while the 201st send is read, so this send is given up as well.
    expect(bed.results).toHaveLength(201);
    bed.pending = oldSends(1);
    setUp({ ...AT_FAULT, pausedAt: NOW });
    await letters.giveUpOld(FAILURE, NOW);
    expect(bed.results).toHaveLength(201);
  });

  it('are saved after every 1,000 results, and are no longer given up if saving fails', async () => {
    bed.pending = oldSends(2_500);
    setUp(AT_FAULT);
    const sizes: number[] = [];
    bed.beforeCall = (call) => {
      if (call === 'save') sizes.push(bed.results.length);
      canSave = bed.results.length < 2_000;
    };
    await letters.giveUpOld(FAILURE, NOW);
    expect([sizes, bed.results.length]).toEqual([[1_000, 2_000], 2_000]);
    expect(bed.lines).toMatchObject([{ fields: { count: 2_000 } }]);
  });
});

describe('a send that the operator skips', () => {
  it('becomes a dead letter and is logged, and the next send is attempted at once', async () => {
    await bed.clock.advance(0.4);
    bed.pending = newSends(1, 2);
    setUp({ ...AT_FAULT, skipSeq: 1 });
    await letters.skip(1);
    expect(bed.results).toMatchObject([{ seq: 1, state: 'dead', failure: SKIPPED, endedAt: NOW, durationMs: null }]);
    expect(bed.state).toMatchObject({ failures: 0, nextAttemptAt: 0, skippedSeq: 1 });
    expect(bed.lines).toEqual([{ fields: {}, message: "Skipped a delivery at the operator's request." }]);
    expect(await countsOf(bed.metrics.buried)).toEqual({ skipped: 1 });
    expect((await queue.at(0))?.seq).toBe(2);
  });

  it('ends the back-off only if it is the first send', async () => {
    bed.pending = newSends(1, 2);
    setUp({ ...AT_FAULT, skipSeq: 2 });
    await letters.skip(2);
    expect(bed.results).toMatchObject([{ seq: 2, state: 'dead' }]);
    expect(bed.state).toMatchObject(AT_FAULT);
  });

  it.each([
    ['was delivered, and its result is not saved yet', 1, [1, 3]],
    ['no longer exists', 2, [1, 3]],
    [
      'no longer exists, and follows the sends in memory',
      202,
      [...Array.from({ length: 200 }, (_, index) => index), 203],
    ],
  ])('does not change if it %s, and the request counts as carried out', async (_what, seq, pending) => {
    bed.pending = newSends(...pending);
    setUp({ skipSeq: seq });
    await queue.at(0);
    queue.remove(1);
    await letters.skip(seq);
    expect([bed.results, bed.lines, served.skipSeq]).toEqual([[], [], null]);
    expect(bed.state).toMatchObject({ skippedSeq: seq });
  });
});
