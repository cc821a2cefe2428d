/** A delivery to store, the result of storing a delivery, and the changes that store deliveries. */

import type { DeliveryMetadata } from '../../../wire/sealing/format.ts';
import { insertRows, type Change } from '../database/database.ts';
import { SEND_STATES } from '../rows/send.ts';
import type { WrittenRow } from '../database/row-types.ts';

/** The content of a delivery, sealed on arrival. */
export interface SealedContent {
  readonly keyId: string;
  readonly wrappedKey: Uint8Array;
  /** The public seal key that the channel had when the content was sealed. */
  readonly sealKey: Uint8Array;
  /** The body, signature and content type, sealed: nonce, ciphertext and tag. */
  readonly sealed: Uint8Array;
}

/**
 * A webhook request from TutorCruncher. The metadata is the associated data of the sealed content, so the content
 * cannot be opened if the metadata changes.
 */
export interface NewDelivery extends Omit<DeliveryMetadata, 'keyId'> {
  readonly digest: Uint8Array;
  /** True if the delivery is or might be about a wellbeing concern. */
  readonly isConcern: boolean;
  /** True if the delivery has several events, which Zaps do not compare with earlier events; default: false. */
  readonly hasSeveralEvents?: boolean;
  /** True if the request arrived at the old webhook URL of its channel; default: false. */
  readonly isAtOldUrl?: boolean;
  /**
   * The sealed content; null for a delivery without events. No subscription receives such a delivery, and only its
   * arrival is recorded.
   */
  readonly content: SealedContent | null;
}

/**
 * The result of ingesting a delivery. `stored` means that the delivery is stored durably. With every other result, the
 * delivery is not stored:
 * - `duplicate`: the same body and signature arrived within the duplicate window (after the window, the delivery is a
 *   repeat and is stored);
 * - `unregistered`: the channel is not registered;
 * - `other-seal-key`: the channel has been registered with a different seal key since the delivery was sealed;
 * - `full`: the waiting deliveries of the channel leave no room for another delivery.
 */
export type Ingested = 'stored' | 'duplicate' | 'unregistered' | 'other-seal-key' | 'full';

/** The values to store for a delivery. */
export interface DeliveryToStore {
  readonly columns: WrittenRow<'deliveries'> & {
    readonly seq: number;
    readonly channel: number;
    readonly receivedAt: number;
  };
  readonly content: Omit<SealedContent, 'sealKey'>;
  readonly subscriptions: readonly number[];
}

/** Returns the changes that store deliveries with their data keys and sends. */
export function deliveryChanges(deliveries: readonly DeliveryToStore[]): Change[] {
  const keys = new Map<string, WrittenRow<'data_keys'>>();
  for (const { columns, content } of deliveries) {
    const { channel, receivedAt: createdAt } = columns;
    const { keyId, wrappedKey: wrapped } = content;
    keys.set(`${channel} ${keyId}`, { channel, keyId, createdAt, wrapped });
  }
  const sends = deliveries.flatMap(({ columns: { seq, receivedAt: endedAt }, subscriptions }) =>
    subscriptions.map((subscription) => ({
      seq,
      subscription,
      endedAt,
      state: SEND_STATES.pending,
      isSentAgain: false,
    })),
  );
  return [
    insertRows('data_keys', [...keys.values()]),
    insertRows(
      'deliveries',
      deliveries.map(({ columns, content: { keyId, sealed } }) => ({ ...columns, keyId, sealed })),
    ),
    insertRows('sends', sends),
  ];
}
