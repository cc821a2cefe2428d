/** Registrations of channels. */

/** A request to register a channel. */
export interface RegistrationRequest {
  /** The channel's public seal key, 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly maxChannels: number;
  /**
   * Milliseconds without events after which a channel without subscriptions may be evicted to make room for a new
   * channel.
   */
  readonly idleMs: number;
  /** True if the request contained a valid registration secret; default: false. */
  readonly withSecret?: boolean;
}

/** A channel's registration. */
export interface Registration {
  /** True if the channel was ever registered with a valid registration secret. */
  readonly withSecret: boolean;
  /** The public seal key. It stays the same until the channel is deleted. */
  readonly sealKey: Buffer;
}

/**
 * The result of a registration:
 * - `registered`: the channel is registered with the given seal key, and may already have been registered;
 * - `other-seal-key`: the channel is registered with another seal key, and nothing was changed;
 * - `full`: all slots are taken.
 */
export type Registered = 'registered' | 'other-seal-key' | 'full';
