/**
 * The waiting deliveries of all channels, for metrics. Paused subscriptions are not counted, because their deliveries
 * are meant to wait.
 */

/** A subscription with waiting deliveries. */
export interface WaitingSubscription {
  readonly channel: string;
  /** Milliseconds since the arrival of the oldest delivery that the subscription has not settled. */
  readonly waitingMs: number;
  /** The reason for the last failure since the last success; null if no attempt has failed since then. */
  readonly lastFailure: string | null;
}

/** The state of all subscriptions with waiting deliveries. */
export interface Backlog {
  /** Number of subscriptions whose last attempt failed. */
  readonly failingSubscriptions: number;
  /** The subscriptions that have waited longest, in descending order of their wait. */
  readonly waiting: readonly WaitingSubscription[];
}
