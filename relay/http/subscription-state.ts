/** A subscription's state as the API shows it. */

import type { SubscriptionState } from '../../wire/relay-api.ts';
import type { ChannelState } from '../store/store.ts';

type StoredState = ChannelState['subscriptions'][number];

/** Formats milliseconds since 1970 as ISO 8601. */
export const isoTime = (time: number): string => new Date(time).toISOString();

/** Converts the state of a subscription from the store's format to the API's. */
export const subscriptionState = (now: number, state: StoredState): SubscriptionState => ({
  id: state.id,
  target_url: state.targetUrl,
  ...state.filter,
  created_at: isoTime(state.createdAt),
  last_success_at: state.lastSuccessAt === null ? null : isoTime(state.lastSuccessAt),
  failures: state.failures,
  next_attempt_at: state.failures > 0 ? isoTime(state.nextAttemptAt) : null,
  pending: state.pending,
  lag_seconds: state.oldestPendingAt === null ? 0 : Math.max(0, Math.round((now - state.oldestPendingAt) / 1000)),
  dead_letters: state.deadLetters,
});
