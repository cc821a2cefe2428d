/** The state of a channel, and totals over all channels. */

import type { SubscriptionState } from './subscription.ts';

/** A channel with the counts that the API shows. */
export interface ChannelState {
  readonly channel: string;
  readonly createdAt: number;
  readonly lastEventAt: number | null;
  /** Number of deliveries with events, in the current hour and the 24 hours before it. */
  readonly events24h: number;
  /** Number of deliveries without events in the same period. */
  readonly others24h: number;
  /** The longest pause between two deliveries in the last two weeks; null if there were too few deliveries. */
  readonly longestPauseMs: number | null;
  readonly storedBytes: number;
  /** The public seal key. */
  readonly sealKey: Buffer;
  readonly subscriptions: readonly SubscriptionState[];
}

/** Totals over all channels, for the metrics. */
export interface Totals {
  readonly channels: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  /** Number of deliveries whose content is kept only as a remembered state. */
  readonly rememberedDeliveries: number;
  readonly deadLetters: number;
  readonly storedBytes: number;
  /** Number of channels that have been due for more than a second without a claim. */
  readonly overdueChannels: number;
  /** Number of subscriptions that the operator has paused. */
  readonly pausedSubscriptions: number;
}
