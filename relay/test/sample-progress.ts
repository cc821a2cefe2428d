import type { Progress } from '../store/subscription.ts';

/** The state of a subscription that has neither failed nor succeeded. */
export const INITIAL_STATE: Omit<Progress, 'leaseId' | 'subscriptionId' | 'cursor'> = {
  failures: 0,
  failingSince: null,
  lastFailure: null,
  nextAttemptAt: 0,
  refusedTries: 0,
  refusedEvents: 0,
  outageFrom: null,
  redriveFailures: 0,
  nextRedriveAt: 0,
  redrivenUpTo: 0,
  lastSuccessAt: null,
  pacedAt: 0,
};
