/** A delivery to store, and the result of storing it. */

import type { DeliveryMetadata } from '../../wire/sealing/format.ts';

/** The content of a delivery, sealed on arrival. */
export interface SealedContent {
  /** UUID of the data key. */
  readonly keyId: string;
  /** The data key, wrapped for {@link SealedContent.sealKey}. */
  readonly wrappedKey: Uint8Array;
  /** The public seal key that the channel had when the content was sealed. */
  readonly sealKey: Uint8Array;
  /** Nonce, ciphertext and tag of the body, signature and content type. */
  readonly sealed: Uint8Array;
}

/**
 * A webhook request from TutorCruncher. The metadata is the associated data of the sealed content, so a store must
 * return it unchanged.
 */
export interface NewDelivery extends Omit<DeliveryMetadata, 'keyId'> {
  /** SHA-256 digest of the signature and the body, which identifies duplicates. */
  readonly digest: Uint8Array;
  /** True if the delivery is, or may be, about a wellbeing concern. */
  readonly isConcern: boolean;
  /** True if the request arrived at the old webhook URL of its channel; default: false. */
  readonly isAtOldUrl?: boolean;
  /** Null for a delivery without events, which no subscription receives: only its arrival is recorded. */
  readonly content: SealedContent | null;
}

/**
 * The result of ingesting a delivery:
 * - `stored`: the delivery is stored durably;
 * - `duplicate`: the same body and signature arrived within the duplicate window (a later one is a repeat, and stored);
 * - `unregistered`: the channel is not registered, so the delivery was dropped;
 * - `other-seal-key`: the channel has been registered with another seal key since the delivery was sealed, so it was
 *   refused;
 * - `full`: the waiting deliveries of the channel leave no room for another, so it was refused.
 */
export type Ingested = 'stored' | 'duplicate' | 'unregistered' | 'other-seal-key' | 'full';
