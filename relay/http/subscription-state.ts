/** The state of a subscription in the formats of the API, the console and the operator's commands. */

import type { GoneSubscription, SubscriptionStateResponse } from '../../wire/relay-api.ts';
import { GONE, type SubscriptionState } from '../store/subscription.ts';
import { isoTime, optionalIsoTime } from './iso-time.ts';

/**
 * Returns the fields that all formats contain.
 *
 * @param timeOf - converts milliseconds since 1970 to the times of the format
 */
export function progressFields<Time>(state: SubscriptionState, timeOf: (time: number) => Time) {
  const optionalTime = (time: number | null): Time | null => (time === null ? null : timeOf(time));
  return {
    created_at: timeOf(state.createdAt),
    last_success_at: optionalTime(state.lastSuccessAt),
    /** Number of consecutive failed attempts. */
    failures: state.failures,
    /** Time of the first of these failures. */
    failing_since: optionalTime(state.failingSince),
    last_failure: state.lastFailure,
    next_attempt_at: state.failures > 0 ? timeOf(state.nextAttemptAt) : null,
  };
}

/** Returns true if the target of an ended subscription has responded with 410, and the subscription has dead letters. */
export const hasGone = ({ lastFailure, deadLetters }: SubscriptionState): boolean =>
  lastFailure === GONE && deadLetters > 0;

/** Converts the state of a subscription that has ended to the API's format. */
export const goneSubscription = (state: SubscriptionState): GoneSubscription => ({
  id: state.id,
  ...state.filter,
  ended_at: isoTime(state.endedAt ?? state.createdAt),
  dead_letters: state.deadLetters,
});

/** Converts the state of a subscription to the API's format. */
export const subscriptionState = (now: number, state: SubscriptionState): SubscriptionStateResponse => ({
  id: state.id,
  target_url: state.targetUrl,
  ...state.filter,
  ...progressFields(state, isoTime),
  pending: state.pending,
  lag_seconds: state.oldestPendingAt === null ? 0 : Math.max(0, Math.round((now - state.oldestPendingAt) / 1000)),
  dead_letters: state.deadLetters,
  paused_since: optionalIsoTime(state.pausedAt),
});
