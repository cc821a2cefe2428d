/** The parts of the console's responses. */

import type { ConsoleAttempt, ConsoleZap, EventAtZap, EventAtZapInDetail, EndedZap } from '../../wire/console-api.ts';
import type { ListedSend, StoredAttempt } from '../store/events.ts';
import { GONE, type Subscription, type SubscriptionState } from '../store/subscription.ts';
import { explanationOf, failureText } from './outcome-texts.ts';
import { progressFields } from './subscription-state.ts';

/** Converts a subscription to the console's format. */
export const consoleZap = (state: SubscriptionState): ConsoleZap => ({
  id: state.id,
  ...state.filter,
  description: state.description,
  ...progressFields(state, (time) => time),
  last_failure_text: state.lastFailure === null ? null : failureText(state.lastFailure),
  pending: state.pending,
  oldest_pending_at: state.oldestPendingAt,
  dead_letters: state.deadLetters,
  is_sending_again: state.isRedriving,
  paused_since: state.pausedAt,
});

/** Converts a subscription that has ended to the console's format. */
export const endedZap = (state: SubscriptionState): EndedZap => ({
  id: state.id,
  description: state.description,
  created_at: state.createdAt,
  ended_at: state.endedAt ?? state.createdAt,
  is_gone: state.lastFailure === GONE,
  dead_letters: state.deadLetters,
});

const consoleAttempt = (attempt: StoredAttempt): ConsoleAttempt => ({
  number: attempt.number,
  at: attempt.endedAt,
  failure: attempt.failure,
  failure_text: attempt.failure === null ? null : failureText(attempt.failure),
  response: attempt.response?.toString('base64') ?? null,
  duration_ms: attempt.durationMs,
  is_sent_again: attempt.isSentAgain,
});

/** Returns the outcome of an event for a Zap, with the Zap's part of all stored attempts of the event. */
export function atZapInDetail(
  atZap: EventAtZap,
  subscription: Subscription | undefined,
  send: ListedSend | undefined,
  attempts: readonly StoredAttempt[],
): EventAtZapInDetail {
  const own = attempts.filter(({ subscriptionId }) => subscriptionId === atZap.zap);
  const failures = own.filter(({ failure }) => failure !== null).length;
  const isOn = subscription?.endedAt === null;
  const nextAttemptAt = send?.state === 'redriven' ? subscription?.nextRedriveAt : subscription?.nextAttemptAt;
  return {
    ...atZap,
    explanation: explanationOf(atZap, failures, send?.failure ?? null, isOn),
    attempts: own.map(consoleAttempt),
    next_attempt_at: atZap.outcome === 'failed' ? (nextAttemptAt ?? null) : null,
    given_up_reason: atZap.outcome === 'given_up' ? (send?.failure ?? null) : null,
  };
}
