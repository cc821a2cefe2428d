/** The state of a subscription in the memory of the process that serves it. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { ServedSubscription } from '../../delivery/served-subscription.ts';
import { HOUR } from '../../harness/durations.ts';
import type { HeldClaim, SendResult, ReportedState } from '../../store/rows/send.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { CLAIM, sampleSubscription, waitingSend } from '../support/sample-subscription.ts';

const NOW = 1_000_000;
let reported: {
  readonly claim: HeldClaim;
  readonly send: SendResult | null;
  readonly state: ReportedState;
}[];
beforeEach(() => {
  reported = [];
});

function stateOf(changes: Partial<Subscription> = {}): ServedSubscription {
  const results = {
    add: (claim: HeldClaim, send: SendResult | null, state: ReportedState) => {
      reported.push({ claim, send, state });
    },
  };
  return new ServedSubscription(sampleSubscription(changes), CLAIM, results, NOW);
}

describe('a back-off', () => {
  const LONGEST = NOW + HOUR;

  it.each([
    [{ nextAttemptAt: LONGEST, nextRedriveAt: LONGEST }, null],
    [
      { nextAttemptAt: LONGEST + 1, nextRedriveAt: 5 },
      { nextAttemptAt: LONGEST, nextRedriveAt: 5 },
    ],
    [
      { nextAttemptAt: 5, nextRedriveAt: LONGEST + 1 },
      { nextAttemptAt: 5, nextRedriveAt: LONGEST },
    ],
  ])('that was stored as %j, an hour from now or later, is shortened and reported as %j', (stored, shortened) => {
    const state = stateOf(stored);
    expect(state.current).toMatchObject(shortened ?? stored);
    expect(reported.map(({ state }) => state)).toMatchObject(shortened ? [shortened] : []);
  });

  const stored = { nextAttemptAt: NOW + 9, nextRedriveAt: NOW + 9, redriveFailures: 2 };
  const none = { nextAttemptAt: 0, nextRedriveAt: 0 };
  const redriveNow = { nextRedriveAt: 0, redriveFailures: 0 };

  it.each<
    [what: string, before: Partial<Subscription>, request: Partial<Subscription>, change: object, wakes: boolean]
  >([
    ['the end of a pause', { pausedAt: 1 }, { pausedAt: null, resumedAt: 3 }, none, true],
    ['another end of a pause', { resumedAt: 3 }, { resumedAt: 4 }, none, true],
    ['a request to retry', {}, { retriedAt: 3 }, none, true],
    ['another request to retry', { retriedAt: 3 }, { retriedAt: 4 }, none, true],
    ['a request to send again', {}, { redrivenAt: 3 }, redriveNow, true],
    ['the requests that are already known', { resumedAt: 3, retriedAt: 3, redrivenAt: 3 }, {}, {}, false],
    [
      'earlier requests',
      { resumedAt: 3, retriedAt: 3, redrivenAt: 3 },
      { resumedAt: 2, retriedAt: 2, redrivenAt: 2 },
      {},
      false,
    ],
    ['a pause', {}, { pausedAt: 3 }, {}, true],
    ['a request to skip', {}, { skipSeq: 3 }, {}, true],
    ['another description of the Zap', {}, { description: { trigger: 'T', options: [], zap_id: null } }, {}, false],
  ])('changes only if it must after %s', (_what, before, request, change, wakes) => {
    const state = stateOf({ ...stored, ...before });
    const { signal } = state.wakeUp;
    // The store might not have the failures yet, because they are saved with a delay.
    state.takeRequests({ ...state.current, nextAttemptAt: 1, nextRedriveAt: 1, redriveFailures: 1, ...request });
    expect(state.current).toMatchObject({ ...stored, ...change });
    expect(signal.aborted).toBe(wakes);
    expect(reported.length > 0).toBe(Object.keys(change).length > 0);
  });
});

it.each(['pausedAt', 'resumedAt', 'skipSeq', 'redrivenAt', 'retriedAt'] as const)(
  'the request in %s is taken from the store',
  (name) => {
    const state = stateOf();
    state.takeRequests({ ...state.current, [name]: 5 });
    expect(state.current[name]).toBe(5);
  },
);

describe('attempts', () => {
  it.each<[expected: boolean, changes: Partial<Subscription>]>([
    [false, {}],
    [true, { pausedAt: 0 }],
    [true, { skipSeq: 0 }],
  ])('are halted: %j, in the state %j', (expected, changes) => {
    expect(stateOf(changes).isHalted).toBe(expected);
  });

  it('are halted by a stop, which ends a wait', () => {
    const state = stateOf();
    const { signal } = state.wakeUp;
    state.stop();
    expect([state.isHalted, state.stopped.aborted, signal.aborted]).toEqual([true, true, true]);
  });

  it('continue after a request to skip was carried out, even if the store still returns the request', () => {
    const state = stateOf({ skipSeq: 9 });
    state.endSkip();
    state.takeRequests({ ...state.current, skipSeq: 9 });
    expect([state.skipSeq, state.isHalted]).toEqual([null, false]);
    state.change({});
    expect(reported).toMatchObject([{ send: null, state: { skippedSeq: 9 } }]);
    state.takeRequests({ ...state.current, skipSeq: 10 });
    expect([state.skipSeq, state.isHalted]).toEqual([10, true]);
  });
});

describe('a result', () => {
  it('is reported with the names of its subscription and the state after it', () => {
    const state = stateOf();
    const response = Buffer.from('sealed');
    const end = { reason: 'HTTP 500', response, endedAt: 8, durationMs: 2 };
    state.report(waitingSend(4, { isSentAgain: true }), 'waiting', end, { failures: 6 });
    state.report(waitingSend(5), 'delivered', { endedAt: 9, durationMs: null }, {}, false);
    const { id: subscriptionId, key: subscription } = state.current;
    const names = { subscription, subscriptionId };
    expect(reported.map(({ send }) => send)).toEqual([
      {
        ...names,
        seq: 4,
        deliveryId: 'delivery 4',
        state: 'waiting',
        failure: 'HTTP 500',
        response,
        endedAt: 8,
        durationMs: 2,
        isRecorded: true,
        isSentAgain: true,
      },
      {
        ...names,
        seq: 5,
        deliveryId: 'delivery 5',
        state: 'delivered',
        failure: null,
        endedAt: 9,
        durationMs: null,
        isRecorded: false,
        isSentAgain: false,
      },
    ]);
    expect(reported).toMatchObject(
      [1, 2].map(() => ({ claim: CLAIM, state: { ...names, failures: 6, skippedSeq: null } })),
    );
  });
});
