import { describe, expect, it } from '@jest/globals';

import {
  afterFailure,
  afterGivingUp,
  afterRefusedForGood,
  afterSuccess,
  hasRecovered,
  isRefusal,
  isRefusedForGood,
  kindOfFailure,
  type FailureState,
} from '../delivery/refusal.ts';
import { HOUR, SECOND } from '../harness/durations.ts';

const HEALTHY: FailureState = {
  failures: 0,
  failingSince: null,
  lastFailure: null,
  suspectSince: null,
  nextAttemptAt: 0,
  refusedTries: 0,
  refusedEvents: 0,
  outageFrom: null,
};
const NOW = 1_000_000;
const REFUSED = { type: 'refused', reason: 'HTTP 400' } as const;
const FAILED = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null } as const;

const refused = (state: FailureState, random = 1) => afterFailure(state, REFUSED, NOW, random);
const failed = (state: FailureState) => afterFailure(state, FAILED, NOW, 1);
const times = (count: number, change: (state: FailureState) => FailureState, state: FailureState) =>
  Array.from({ length: count }).reduce<FailureState>(change, state);
const bury = (state: FailureState, seq: number) => afterRefusedForGood(times(3, refused, state), seq);

describe('isRefusal', () => {
  it.each([400, 404, 405, 406, 409, 411, 413, 414, 415, 418, 422, 431, 451, 499])('returns true for %d', (status) => {
    expect(isRefusal(status)).toBe(true);
  });

  it.each([200, 301, 399, 401, 402, 403, 407, 408, 410, 421, 423, 424, 425, 426, 429, 500, 502, 503])(
    'returns false for %d',
    (status) => {
      expect(isRefusal(status)).toBe(false);
    },
  );
});

describe('the failure policy', () => {
  it('allows three tries of a refused event within two minutes', () => {
    const first = refused(HEALTHY);
    expect(first).toMatchObject({ failures: 1, refusedTries: 1, refusedEvents: 1, nextAttemptAt: NOW + 10_000 });
    const second = refused(first);
    expect(second).toMatchObject({ refusedTries: 2, refusedEvents: 1, nextAttemptAt: NOW + 60_000 });
    expect([first, second, refused(second)].map(isRefusedForGood)).toEqual([false, false, true]);
    expect(refused(HEALTHY, 0).nextAttemptAt).toBe(NOW + 7_500);
  });

  it('starts the next event without failures, and counts the refused events', () => {
    expect(bury(HEALTHY, 7)).toEqual({ ...HEALTHY, lastFailure: 'HTTP 400', refusedEvents: 1, outageFrom: 7 });
    expect(bury(bury(HEALTHY, 7), 8)).toEqual({ ...HEALTHY, lastFailure: 'HTTP 400', refusedEvents: 2, outageFrom: 7 });
  });

  it('backs off exponentially from the third refused event on, and buries no events', () => {
    let state = bury(bury(HEALTHY, 7), 8);
    for (const seconds of [5, 10, 20, 40]) {
      state = refused(state);
      expect(state).toMatchObject({ refusedEvents: 3, nextAttemptAt: NOW + seconds * SECOND });
      expect(isRefusedForGood(state)).toBe(false);
    }
    expect(times(100, refused, state)).toMatchObject({ refusedEvents: 3, nextAttemptAt: NOW + HOUR });
  });

  it('continues to count the tries of an event after other failures', () => {
    const state = failed(refused(failed(refused(HEALTHY))));
    expect(state).toMatchObject({ failures: 4, refusedTries: 2, refusedEvents: 1, nextAttemptAt: NOW + 40 * SECOND });
    expect(isRefusedForGood(refused(state))).toBe(true);
  });

  it('records the start of the failures and the reason for the last failure until an attempt succeeds', () => {
    const state = afterFailure(failed(HEALTHY), { ...FAILED, reason: 'ECONNREFUSED' }, NOW + HOUR, 1);
    expect(state).toMatchObject({ failingSince: NOW, lastFailure: 'ECONNREFUSED' });
    expect(afterSuccess(state)).toEqual(HEALTHY);
  });

  it('waits as long as the target requests', () => {
    expect(afterFailure(HEALTHY, { ...FAILED, retryAfterMs: 7_000 }, NOW, 1).nextAttemptAt).toBe(NOW + 7_000);
  });

  it('forgets refused events after a success, and records no outage', () => {
    const state = afterSuccess(bury(bury(HEALTHY, 7), 8));
    expect(state).toEqual(HEALTHY);
    expect(hasRecovered(state)).toBe(false);
  });

  it('detects the recovery of a target that refused three events or failed for a day', () => {
    const recovered = { ...HEALTHY, outageFrom: 7 };
    const refusing = refused(bury(bury(HEALTHY, 7), 8));
    const down = afterGivingUp(times(20, failed, HEALTHY), 7);
    for (const state of [refusing, down, afterGivingUp(refusing, 9)]) {
      expect(hasRecovered(state)).toBe(false);
      expect(afterSuccess(state)).toEqual(recovered);
    }
    expect(hasRecovered(recovered)).toBe(true);
    expect(hasRecovered(afterSuccess(times(19, failed, bury(HEALTHY, 7))))).toBe(false);
  });
});

describe('kindOfFailure', () => {
  it.each([
    ['HTTP 400', 'refused'],
    ['HTTP 404', 'refused'],
    ['HTTP 401', 'error_response'],
    ['HTTP 429', 'error_response'],
    ['HTTP 500', 'error_response'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['ETIMEDOUT', 'timeout'],
    ['ATTEMPT_TIMEOUT', 'timeout'],
    ['ECONNREFUSED', 'no_connection'],
    ['no connection', 'no_connection'],
  ])('returns the kind of %s: %s', (reason, kind) => {
    expect(kindOfFailure(reason)).toBe(kind);
  });
});
