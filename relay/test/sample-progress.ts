import type { SubscriptionProgress } from '../store/send.ts';

/** The state of a subscription that has neither failed nor succeeded. */
export const INITIAL_STATE: Omit<SubscriptionProgress, 'subscription'> = {
  failures: 0,
  failingSince: null,
  lastFailure: null,
  suspectSince: null,
  nextAttemptAt: 0,
  refusedTries: 0,
  refusedEvents: 0,
  outageFrom: null,
  redriveFailures: 0,
  nextRedriveAt: 0,
  lastSuccessAt: null,
  skippedSeq: null,
};
