import { expect, it } from '@jest/globals';

import { afterFailure, afterRefusedForGood } from '../../delivery/retry-policy.ts';
import {
  consoleZap,
  endedZap,
  givesUpRefused,
  goneSubscription,
  subscriptionState,
} from '../../http/subscription-formats.ts';
import { GONE, type SubscriptionWithCounts } from '../../store/rows/subscription.ts';
import { sampleSubscription } from '../support/sample-subscription.ts';
import { INITIAL_STATE } from '../support/store-context.ts';

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

const NOW = Date.parse('2026-06-10T12:00:00Z');
const withCounts = (changes: Partial<SubscriptionWithCounts>): SubscriptionWithCounts => ({
  ...sampleSubscription({ createdAt: NOW - 9_000, nextAttemptAt: NOW + 5_000 }),
  pending: 1,
  oldestPendingAt: null,
  deadLetters: 2,
  untoldDead: 0,
  ...changes,
});

it('a subscription has ISO times and its lag in the API, and milliseconds in the console', () => {
  const state = withCounts({ oldestPendingAt: NOW - 2_600 });
  const created_at = '2026-06-10T11:59:51.000Z';
  expect(subscriptionState(NOW, state)).toMatchObject({ created_at, lag_seconds: 3, dead_letters: 2, actions: ['A'] });
  expect(subscriptionState(NOW - 9_000, state).lag_seconds).toBe(0);
  expect(consoleZap(state)).toMatchObject({ created_at: NOW - 9_000, oldest_pending_at: NOW - 2_600 });
});

it('the next attempt is shown only after a failure, and the console shows the failure in words', () => {
  const failing = withCounts({ failures: 1, lastFailure: 'HTTP 500' });
  expect(subscriptionState(NOW, withCounts({})).next_attempt_at).toBeNull();
  expect(subscriptionState(NOW, failing).next_attempt_at).toBe('2026-06-10T12:00:05.000Z');
  expect(consoleZap(failing)).toMatchObject({
    next_attempt_at: NOW + 5_000,
    last_failure_text: 'Zapier had an internal problem (500)',
  });
});

it('a Zap that is off has the time and the cause of its end, and may have a successor that is on', () => {
  const ended = withCounts({ id: 'ended', endedAt: NOW, lastFailure: GONE });
  expect(goneSubscription(ended)).toMatchObject({ ended_at: '2026-06-10T12:00:00.000Z', dead_letters: 2 });
  expect(endedZap(ended, [])).toMatchObject({ ended_at: NOW, is_gone: true, has_successor: false });
  expect(endedZap(ended, [sampleSubscription({ id: 'on' })])).toMatchObject({ has_successor: true });
  expect(endedZap(withCounts({ endedAt: NOW, lastFailure: 'HTTP 500' }), []).is_gone).toBe(false);
});
