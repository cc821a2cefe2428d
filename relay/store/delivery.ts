/** Types of deliveries in the store interface. */

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
  /** True if the delivery is, or may be, about a wellbeing concern; see {@link Store.ingest}. */
  readonly isConcern: boolean;
  /**
   * The sealed content; null for a delivery without events. No subscription receives such a delivery, so the store
   * records only its arrival.
   */
  readonly content: SealedContent | null;
}

/**
 * The result of ingesting a delivery:
 * - `stored`: the delivery is stored durably;
 * - `duplicate`: the same body and signature arrived within the duplicate window;
 * - `unregistered`: the channel is not registered, so the delivery was dropped;
 * - `other-seal-key`: the channel has been registered with another seal key since the delivery was sealed, so it was
 *   refused;
 * - `full`: the waiting deliveries of the channel leave no room for another, so it was refused.
 */
export type Ingested = 'stored' | 'duplicate' | 'unregistered' | 'other-seal-key' | 'full';

/** The metadata and the sealed content of a previous delivery about the same subject. */
export interface PreviousDelivery extends DeliveryMetadata {
  readonly wrappedKey: Buffer;
  readonly sealed: Buffer;
}

/** The metadata and the sealed content of a stored delivery, and its previous delivery. */
export interface Delivery extends PreviousDelivery {
  /**
   * Sequence number. Within a channel, it increases in the order of commits, so that a cursor cannot skip a delivery.
   */
  readonly seq: number;
  /**
   * The state of the subject before this delivery, as determined when the delivery was stored. Null if there was no
   * such state, or if it has been removed since.
   */
  readonly previous: PreviousDelivery | null;
}
