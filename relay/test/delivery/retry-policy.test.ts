/** The retry policy. The scenarios `poison-events` and `set-aside` show the effects of the policy. */

import { describe, expect, it } from '@jest/globals';

import {
  afterRefusedForGood,
  afterFailedRedrive,
  afterFailure,
  afterGivingUpOld,
  afterRedriven,
  afterSkip,
  afterSuccess,
  backOffMs,
  hasRecovered,
  isOld,
  stepAfterFailure,
} from '../../delivery/retry-policy.ts';
import type { FailedAttempt, RefusedAttempt } from '../../delivery/attempt-result.ts';
import { DAY, HOUR, SECOND } from '../../harness/durations.ts';
import type { SubscriptionState } from '../../store/rows/send.ts';
import { INITIAL_STATE } from '../support/store-context.ts';

const MINUTE = 60 * SECOND;
const NOW = 30 * MINUTE;
const REFUSED = { type: 'refused', reason: 'HTTP 400' } as const;
const FAILED = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null } as const;

it.each([
  ['wait', { failures: 1 }, true],
  ['wait', { failures: 3, refusedTries: 2, refusedEvents: 1 }, true],
  ['give up', { failures: 3, refusedTries: 3, refusedEvents: 1 }, false],
  ['give up', { failures: 19, refusedTries: 3, refusedEvents: 2, suspectSince: 0 }, true],
  ['wait', { failures: 3, refusedTries: 3, refusedEvents: 3 }, true],
  ['wait', { failures: 20, refusedTries: 3, refusedEvents: 1 }, false],
  ['give up old', { failures: 20, refusedTries: 3, refusedEvents: 1 }, true],
  ['give up old', { failures: 20, suspectSince: 0 }, true],
  ['probe', { failures: 20, suspectSince: NOW - 10 * MINUTE }, false],
  ['probe', { failures: 2, suspectSince: NOW - 10 * MINUTE }, true],
  ['wait', { failures: 2, suspectSince: NOW - 10 * MINUTE + 1 }, false],
])(
  'the step after a failure is %j in the state %j, if the age of the event over a day is %j',
  (step, state, isSendOld) => {
    expect(stepAfterFailure({ ...INITIAL_STATE, ...state }, isSendOld, NOW)).toBe(step);
  },
);

it('an event is old after a day, which is counted anew from the end of a pause', () => {
  const ages = [
    [0, null, DAY],
    [0, null, DAY + 1],
    [0, 5, DAY + 5],
    [0, 5, DAY + 6],
    [9, 5, DAY + 9],
  ] as const;
  const old = ages.map(([receivedAt, resumedAt, now]) => isOld({ receivedAt }, { resumedAt }, now));
  expect(old).toEqual([false, true, false, true, false]);
});

describe('the state after a failure', () => {
  /**
   * Expects that a failure changes the state as given, and that the next attempt follows after a number of
   * milliseconds.
   */
  function expectAfter(
    before: Partial<SubscriptionState>,
    result: FailedAttempt | RefusedAttempt,
    changes: Partial<SubscriptionState>,
    delayMs: number,
  ): void {
    const state = { ...INITIAL_STATE, ...before };
    const expected = { ...state, lastFailure: result.reason, ...changes, nextAttemptAt: NOW + delayMs };
    expect(afterFailure(state, result, NOW, 1)).toEqual(expected);
  }

  it('has the time of the first failure, and of the first failure that the event may have caused', () => {
    expectAfter({}, FAILED, { failures: 1, failingSince: NOW, suspectSince: NOW }, 5 * SECOND);
    expectAfter({ failures: 1, failingSince: 1 }, FAILED, { failures: 2, suspectSince: NOW }, 10 * SECOND);
    const later = { failures: 2, failingSince: 1, suspectSince: 2, refusedTries: 1, refusedEvents: 1 };
    expectAfter(later, { ...FAILED, retryAfterMs: 7 }, { failures: 3 }, 7);
  });

  it.each(['HTTP 401', 'HTTP 402', 'HTTP 403', 'HTTP 429'])('suspects no event after %s', (reason) => {
    const failing = { failures: 1, failingSince: 1, suspectSince: 2 };
    expectAfter(failing, { ...FAILED, reason }, { failures: 2, suspectSince: null }, 10 * SECOND);
  });

  it.each<[state: Partial<SubscriptionState>, refusedTries: number, refusedEvents: number, delayMs: number]>([
    [{ failures: 0 }, 1, 1, 10 * SECOND],
    [{ failures: 4, suspectSince: 2 }, 1, 1, 10 * SECOND],
    [{ failures: 1, refusedTries: 1, refusedEvents: 1 }, 2, 1, 60 * SECOND],
    [{ failures: 2, refusedTries: 2, refusedEvents: 1 }, 3, 1, 20 * SECOND],
    [{ failures: 0, refusedEvents: 1 }, 1, 2, 10 * SECOND],
    [{ failures: 0, refusedEvents: 2 }, 1, 3, 5 * SECOND],
    [{ failures: 1, refusedTries: 1, refusedEvents: 3 }, 2, 3, 10 * SECOND],
    [{ failures: 2, refusedEvents: 3 }, 1, 3, 20 * SECOND],
    [{ failures: 19, refusedTries: 1, refusedEvents: 1 }, 2, 1, HOUR],
  ])(
    'counts a refusal in the state %j: tries %d, events %d, delay %d ms',
    (state, refusedTries, refusedEvents, delayMs) => {
      const failures = (state.failures ?? 0) + 1;
      const changes = { failures, failingSince: NOW, suspectSince: null, refusedTries, refusedEvents };
      expectAfter(state, REFUSED, changes, delayMs);
    },
  );
});

describe('the state', () => {
  const failing = {
    ...INITIAL_STATE,
    failures: 4,
    failingSince: 1,
    lastFailure: 'HTTP 500',
    suspectSince: 2,
    nextAttemptAt: 3,
    refusedTries: 2,
    refusedEvents: 1,
    redriveFailures: 5,
    nextRedriveAt: 6,
  };
  const notAttempted = { failures: 0, failingSince: null, suspectSince: null, nextAttemptAt: 0, refusedTries: 0 };

  it('has no failures after a success, and keeps the start of an outage only if the target was at fault', () => {
    const delivered = { ...INITIAL_STATE, lastSuccessAt: 9 };
    expect(afterSuccess(failing, 9)).toEqual(delivered);
    expect(afterSuccess({ ...failing, failures: 1 }, 9)).toEqual(delivered);
    expect(afterSuccess({ ...failing, failures: 0 }, 9)).toMatchObject({ redriveFailures: 5, nextRedriveAt: 6 });
    const outages = [{ failures: 19 }, { failures: 20 }, { refusedEvents: 2 }, { refusedEvents: 3 }].map(
      (state) => afterSuccess({ ...failing, outageFrom: 7, ...state }, 9).outageFrom,
    );
    expect(outages).toEqual([null, 7, null, 7]);
  });

  it('keeps the first dead letter of the outage after another dead letter', () => {
    expect(afterRefusedForGood(failing, 8)).toEqual({ ...failing, ...notAttempted, outageFrom: 8 });
    expect(afterGivingUpOld(failing, 8)).toEqual({ ...failing, suspectSince: null, refusedTries: 0, outageFrom: 8 });
    const states = [afterRefusedForGood, afterGivingUpOld].map((after) => after({ ...failing, outageFrom: 7 }, 8));
    expect(states).toMatchObject([{ outageFrom: 7 }, { outageFrom: 7 }]);
  });

  it('keeps the failures after a skip only during an outage', () => {
    expect(afterSkip(failing)).toEqual({ ...failing, ...notAttempted });
    const outage = { ...failing, outageFrom: 7 };
    expect(afterSkip(outage)).toEqual({ ...outage, ...notAttempted, failures: 4, failingSince: 1 });
  });

  it('has a longer back-off of redrives after a failed redrive, and none after a success', () => {
    expect(afterFailedRedrive({ redriveFailures: 1 }, null, 100, 1)).toEqual({
      redriveFailures: 2,
      nextRedriveAt: 100 + 10 * SECOND,
    });
    expect(afterFailedRedrive({ redriveFailures: 1 }, 7, 100, 1)).toEqual({ redriveFailures: 2, nextRedriveAt: 107 });
    const redriven = { redriveFailures: 0, nextRedriveAt: 0, lastSuccessAt: 9 };
    for (const refusedTries of [1, 2]) {
      const refused = { ...failing, refusedTries, nextAttemptAt: 300 };
      expect(afterRedriven(refused, 9, 200)).toEqual({ ...redriven, nextAttemptAt: 300 });
    }
    const next = [100, 300].map(
      (nextAttemptAt) => afterRedriven({ ...failing, refusedTries: 0, nextAttemptAt }, 9, 200).nextAttemptAt,
    );
    expect(next).toEqual([100, 200]);
  });
});

it.each([
  [true, { outageFrom: 7 }],
  [false, { outageFrom: null }],
  [false, { outageFrom: 7, failures: 1 }],
  [false, { outageFrom: 7, refusedEvents: 1 }],
])('returns %j for the recovery of a target in the state %j', (expected, state) => {
  expect(hasRecovered({ ...INITIAL_STATE, ...state })).toBe(expected);
});

describe('the time of the next attempt', () => {
  /** Returns the delays after each of several failures, in seconds. */
  const delaysAfter = (results: readonly (typeof REFUSED | typeof FAILED)[], random = 1): number[] => {
    let state: Parameters<typeof afterFailure>[0] = INITIAL_STATE;
    return results.map((result) => {
      state = afterFailure(state, result, 0, random);
      return state.nextAttemptAt / SECOND;
    });
  };

  it('doubles from 5 s to an hour, minus up to a quarter of random jitter', () => {
    expect(delaysAfter(Array.from({ length: 12 }, () => FAILED)).join()).toBe(
      '5,10,20,40,80,160,320,640,1280,2560,3600,3600',
    );
    expect([backOffMs(5000, 1), backOffMs(5000, 0), backOffMs(1, 0.5)]).toEqual([HOUR, 0.75 * HOUR, 4375]);
  });

  it('allows three tries of a refused event within two minutes, and other failures do not reset the count of tries', () => {
    expect(delaysAfter([REFUSED, REFUSED])).toEqual([10, 60]);
    expect(delaysAfter([REFUSED], 0)).toEqual([7.5]);
    expect(delaysAfter([REFUSED, FAILED, REFUSED, FAILED])).toEqual([10, 10, 60, 40]);
  });
});
