/** The state of a subscription in the formats of the API, the console and the operator's commands. */

import type { GoneSubscription, SubscriptionStateResponse } from '../../wire/relay-api.ts';
import { GONE, type SubscriptionState } from '../store/subscription.ts';

/** Formats milliseconds since 1970 as ISO 8601. */
export const isoTime = (time: number): string => new Date(time).toISOString();

/** Formats a time that may be missing. */
export const optionalIsoTime = (time: number | null): string | null => (time === null ? null : isoTime(time));

/** Returns the fields that all formats contain, with the times that `timeOf` makes of milliseconds since 1970. */
export function progressFields<Time>(state: SubscriptionState, timeOf: (time: number) => Time) {
  const optionalTime = (time: number | null): Time | null => (time === null ? null : timeOf(time));
  return {
    created_at: timeOf(state.createdAt),
    last_success_at: optionalTime(state.lastSuccessAt),
    failures: state.failures,
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
