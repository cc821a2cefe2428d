/** Leases on channels, which let processes share the work. */

import type { Subscription } from './subscription.ts';

/** The current state of a leased channel: its newest delivery and its revision. */
export interface ChannelPosition {
  readonly leaseId: string;
  /** Sequence number of the newest delivery with events. */
  readonly lastSeq: number;
  /** Counter that increases with every change to the channel's subscriptions and with every redrive. */
  readonly revision: number;
}

/** The position of a channel whose lease is still held. */
export interface RenewedPosition extends ChannelPosition {
  /** True if the lease was not extended because another database session has locked the channel; default: false. */
  readonly isLocked?: boolean;
}

/** The exclusive right to serve a channel until the lease expires. */
export interface Lease extends ChannelPosition {
  readonly channel: string;
  /** State of the channel's token bucket; see {@link Subscription.pacedAt}. */
  readonly pacedAt: number;
  readonly subscriptions: readonly Subscription[];
}

/** A request for leases. */
export interface LeaseRequest {
  /** UUID of the dispatcher. Other processes send it notifications about its channels. */
  readonly holder: string;
  /** Maximum number of leases. */
  readonly limit: number;
  /** Duration of the leases in milliseconds. */
  readonly milliseconds: number;
}

/**
 * The release of a lease by its holder, with the position that the holder has reached. If the channel has advanced since
 * then, it is due immediately.
 */
export interface Release extends ChannelPosition {
  readonly pacedAt: number;
  /** Milliseconds until the channel is due again; null if it has no work until a new delivery arrives. */
  readonly dueInMs: number | null;
  /**
   * The dispatcher that the channel is handed over to. If the channel is due at once, other dispatchers do not lease it
   * for {@link RESERVATION_MS}. A store for a single process ignores this field.
   */
  readonly reservedFor?: string;
}
