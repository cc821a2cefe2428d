/** The deliveries that wait, over all channels, for metrics. Paused subscriptions do not count: they wait on purpose. */

/** A subscription whose oldest delivery waits. */
export interface WaitingSubscription {
  readonly channel: string;
  /** Milliseconds since the oldest delivery arrived that the subscription has not settled. */
  readonly waitingMs: number;
  /** The reason for the last failure since the last success; null if no attempt has failed. */
  readonly lastFailure: string | null;
}

/** The state of all subscriptions with deliveries that wait. */
export interface Backlog {
  /** Number of subscriptions whose last attempt failed. */
  readonly failingSubscriptions: number;
  /** The subscriptions that have waited for longest, longest first. */
  readonly waiting: readonly WaitingSubscription[];
}
