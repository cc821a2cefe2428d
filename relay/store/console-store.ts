/** The part of a store's interface that only the console uses: its links (`wire/console-api.ts`). */

import type { Verdict, WrappedDataKey } from '../../wire/console-api.ts';

/** A data key of a channel as it is stored: wrapped for the channel's seal key. */
export interface StoredDataKey {
  /** UUID of the data key. */
  readonly keyId: string;
  readonly wrappedKey: Buffer;
}

/** A link that a connector has made. */
export interface NewConsoleLink {
  /** Hash of the access token, which names the link. */
  readonly tokenHash: string;
  /** Data keys, wrapped under a key that the relay does not have. */
  readonly keys: readonly WrappedDataKey[];
  readonly verdict: Verdict | null;
}

/** A link that grants access. */
export interface ConsoleLink extends NewConsoleLink {
  readonly channel: string;
  /** Time on the store's clock. */
  readonly expiresAt: number;
}

/** Queries and changes of the console. Every method is atomic. The store's clock decides about the expiry of links. */
export interface ConsoleStore {
  /** Returns the newest data keys of a channel, newest first. */
  dataKeys(channel: string, limit: number): Promise<StoredDataKey[]>;
  /**
   * Adds a link to a channel. The oldest links of the channel are deleted if it would have more than `maxLinks`.
   *
   * @param milliseconds - time until the link expires
   * @returns the time at which it expires, or null if the channel does not exist or another channel has a link of that name
   */
  addLink(channel: string, link: NewConsoleLink, milliseconds: number, maxLinks: number): Promise<number | null>;
  /** Returns a link that has not expired; null if there is none. */
  link(tokenHash: string): Promise<ConsoleLink | null>;
}
