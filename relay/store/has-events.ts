import type { NewDelivery, SealedContent } from './store.ts';

/** A delivery with events. */
export type DeliveryWithEvents = NewDelivery & { readonly content: SealedContent };

/** Returns true if a delivery has, or may have, events. Of any other delivery, only the fact that it arrived is stored. */
export const hasEvents = (delivery: NewDelivery): delivery is DeliveryWithEvents => delivery.content !== null;
