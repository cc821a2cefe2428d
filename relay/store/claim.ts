/** Claims: the exclusive right of a process to deliver a channel's events. */

import type { Subscription } from './subscription.ts';

/** Milliseconds without a heartbeat after which other processes may claim the channels of a process. */
export const DEAD_AFTER_MS = 5_000;
/**
 * Milliseconds after which a heartbeat is too old to be renewed, and for which it allows attempts. It is shorter than
 * {@link DEAD_AFTER_MS}, so that a process stops before another process starts.
 */
export const HEARTBEAT_MS = 3_000;

/** The name of a claim. */
export interface ClaimId {
  /** Key of the channel. */
  readonly channel: number;
  readonly claim: number;
}

/** A channel that a process has claimed. */
export interface ClaimedChannel {
  readonly channel: string;
  /** Key of the channel. */
  readonly key: number;
  /** Number of the claim, which fences the writes of former claimants. */
  readonly claim: number;
  /** Sequence number of the newest delivery. */
  readonly newestSeq: number;
  /** Counter that increases when anyone else makes a send pending or changes a subscription. */
  readonly revision: number;
}

/** A claim, with everything that is needed to serve the channel. */
export interface Claim extends ClaimedChannel {
  /** State of the channel's token bucket; see {@link Subscription.pacedAt}. */
  readonly pacedAt: number;
  /** The subscriptions that have not ended, oldest first. */
  readonly subscriptions: readonly Subscription[];
}

/** The end of a claim by its holder. */
export interface GivenBack extends ClaimId {
  readonly pacedAt: number;
}
