/** Converts subscriptions to the formats of the API and of the console. */

import type { ConsoleZap, EndedZap, SubscriptionFields } from '../../wire/console-api.ts';
import type { GoneSubscription, SubscriptionStateResponse } from '../../wire/relay-api.ts';
import { isAtFault } from '../delivery/retry-policy.ts';
import { successorOf } from '../events/successor.ts';
import { kindOfFailure } from '../failure-kind.ts';
import type { SubscriptionState } from '../store/rows/send.ts';
import { GONE, type Subscription, type SubscriptionWithCounts } from '../store/rows/subscription.ts';
import { failureText } from './outcome-texts.ts';

/** Formats milliseconds since 1970 as ISO 8601. */
export const isoTime = (time: number): string => new Date(time).toISOString();

/** Formats a time that can be missing; null for a missing time. */
export const optionalIsoTime = (time: number | null): string | null => (time === null ? null : isoTime(time));

/**
 * Returns the fields that all formats share. `timeOf` converts milliseconds since 1970 to the time format of the
 * result.
 */
function sharedFields<Time>(state: SubscriptionWithCounts, timeOf: (time: number) => Time): SubscriptionFields<Time> {
  const optionalTime = (time: number | null): Time | null => (time === null ? null : timeOf(time));
  return {
    id: state.id,
    ...state.filter,
    created_at: timeOf(state.createdAt),
    last_success_at: optionalTime(state.lastSuccessAt),
    failures: state.failures,
    failing_since: optionalTime(state.failingSince),
    last_failure: state.lastFailure,
    next_attempt_at: state.failures > 0 ? timeOf(state.nextAttemptAt) : null,
    pending: state.pending,
    dead_letters: state.deadLetters,
    paused_since: optionalTime(state.pausedAt),
  };
}

/** Converts the state of an ended subscription to the API's format. */
export const goneSubscription = (state: SubscriptionWithCounts): GoneSubscription => ({
  id: state.id,
  ...state.filter,
  ended_at: isoTime(state.endedAt ?? state.createdAt),
  dead_letters: state.deadLetters,
});

/** Converts the state of a subscription to the API's format. */
export const subscriptionState = (now: number, state: SubscriptionWithCounts): SubscriptionStateResponse => ({
  ...sharedFields(state, isoTime),
  target_url: state.targetUrl,
  lag_seconds: state.oldestPendingAt === null ? 0 : Math.max(0, Math.round((now - state.oldestPendingAt) / 1000)),
});

/**
 * Returns true if the target refused the last attempt and is not at fault. The first waiting delivery then becomes a
 * dead letter after three refusals, unless the target accepts the delivery earlier. `stepAfterFailure` implements this
 * rule.
 */
export const givesUpRefused = (state: SubscriptionState): boolean =>
  state.refusedTries > 0 && kindOfFailure(state.lastFailure ?? '') === 'refused' && !isAtFault(state);

/** Converts the state of a subscription to the console's format. */
export const consoleZap = (state: SubscriptionWithCounts): ConsoleZap => ({
  ...sharedFields(state, (time) => time),
  description: state.description,
  last_failure_text: state.lastFailure === null ? null : failureText(state.lastFailure),
  gives_up_refused: givesUpRefused(state),
  oldest_pending_at: state.oldestPendingAt,
  is_sending_again: state.isRedriving,
});

/**
 * Converts the state of an ended subscription to the console's format.
 *
 * @param zaps - the channel's Zaps that are on
 */
export const endedZap = (state: SubscriptionWithCounts, zaps: readonly Subscription[]): EndedZap => ({
  id: state.id,
  description: state.description,
  created_at: state.createdAt,
  ended_at: state.endedAt ?? state.createdAt,
  is_gone: state.lastFailure === GONE,
  dead_letters: state.deadLetters,
  has_successor: successorOf(state, zaps) !== undefined,
});
