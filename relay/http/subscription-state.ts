/** The state of a subscription in the API's format. */

import type { SubscriptionStateResponse } from '../../wire/relay-api.ts';
import type { SubscriptionState } from '../store/subscription.ts';
import { isoTime } from './iso-time.ts';

/** Converts the state of a subscription from the store's format to the API's. */
export const subscriptionState = (now: number, state: SubscriptionState): SubscriptionStateResponse => ({
  id: state.id,
  target_url: state.targetUrl,
  ...state.filter,
  created_at: isoTime(state.createdAt),
  last_success_at: state.lastSuccessAt === null ? null : isoTime(state.lastSuccessAt),
  failures: state.failures,
  failing_since: state.failingSince === null ? null : isoTime(state.failingSince),
  last_failure: state.lastFailure,
  next_attempt_at: state.failures > 0 ? isoTime(state.nextAttemptAt) : null,
  pending: state.pending,
  lag_seconds: state.oldestPendingAt === null ? 0 : Math.max(0, Math.round((now - state.oldestPendingAt) / 1000)),
  dead_letters: state.deadLetters,
  paused_since: state.pausedAt === null ? null : isoTime(state.pausedAt),
});
