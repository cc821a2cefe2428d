import type { NewDelivery, SealedContent } from './delivery.ts';

/** A delivery whose content will be stored. */
export type DeliveryWithContent = NewDelivery & { readonly content: SealedContent };

/** Returns true if a delivery has content. For any other delivery, the store records only its arrival. */
export const hasContent = (delivery: NewDelivery): delivery is DeliveryWithContent => delivery.content !== null;
