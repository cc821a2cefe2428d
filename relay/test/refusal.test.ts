/** The policy for failed attempts. The tests of poison events, and of events set aside, show its effects. */

import { describe, expect, it } from '@jest/globals';

import { backOffMs } from '../delivery/back-off.ts';
import { afterFailure, afterRefusedForGood, givesUpRefused, isRefusal, kindOfFailure } from '../delivery/refusal.ts';
import { HOUR, SECOND } from '../harness/durations.ts';
import { INITIAL_STATE } from './store-contract/context.ts';

it.each([
  [true, [400, 404, 405, 406, 409, 411, 413, 414, 415, 418, 422, 431, 451, 499]],
  [false, [200, 301, 399, 401, 402, 403, 407, 408, 410, 421, 423, 424, 425, 426, 429, 500, 502, 503]],
])('isRefusal() is %j for the statuses %j', (expected, statuses) => {
  expect(statuses.filter((status) => isRefusal(status) !== expected)).toEqual([]);
});

it.each([
  ['refused', ['HTTP 400', 'HTTP 404']],
  ['error_response', ['HTTP 401', 'HTTP 429', 'HTTP 500']],
  ['timeout', ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT', 'ATTEMPT_TIMEOUT']],
  ['no_connection', ['ECONNREFUSED', 'no connection']],
])('the kind of failure is %s for %j', (kind, reasons) => {
  expect(reasons.filter((reason) => kindOfFailure(reason) !== kind)).toEqual([]);
});

const REFUSED = { type: 'refused', reason: 'HTTP 400' } as const;
const FAILED = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null } as const;

it('a refused event is given up after three attempts until three events in a row are refused', () => {
  const given = (...results: readonly (typeof REFUSED | typeof FAILED | 'next')[]): boolean => {
    let state: Parameters<typeof afterFailure>[0] = INITIAL_STATE;
    for (const result of results)
      state = result === 'next' ? afterRefusedForGood(state, 1) : afterFailure(state, result, 0, 1);
    return givesUpRefused(state);
  };
  expect([given(), given(FAILED), given(REFUSED, FAILED)]).toEqual([false, false, false]);
  expect([given(REFUSED), given(FAILED, REFUSED), given(REFUSED, 'next', REFUSED)]).toEqual([true, true, true]);
  expect([given(REFUSED, 'next'), given(REFUSED, 'next', REFUSED, 'next', REFUSED)]).toEqual([false, false]);
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

  it('is within two minutes for a refused event, whose tries are counted through other failures', () => {
    expect(delaysAfter([REFUSED, REFUSED])).toEqual([10, 60]);
    expect(delaysAfter([REFUSED], 0)).toEqual([7.5]);
    expect(delaysAfter([REFUSED, FAILED, REFUSED, FAILED])).toEqual([10, 10, 60, 40]);
  });
});
