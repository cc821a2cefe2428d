/** Sample deliveries as a relay passes them to its store. */

import { randomUUID } from 'node:crypto';

import { WRAPPED_KEY_BYTES, type DeliveryContent } from '../../../wire/sealing/format.ts';
import { sign } from '../../../wire/signature.ts';
import { bodyOf, CHANNEL, KEY, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { digestOf } from '../../sealing/digest.ts';
import type { NewDelivery, SealedContent } from '../../store/deliveries/new-delivery.ts';

/** A data key of {@link CHANNEL}: its UUID, and arbitrary bytes instead of the wrapped key. */
export const DATA_KEY = {
  keyId: '00000000-0000-4000-8000-0000000000d0',
  wrappedKey: Buffer.alloc(WRAPPED_KEY_BYTES, 'wrapped key '),
  sealKey: SEAL_KEY,
} satisfies Partial<SealedContent>;

/** Changes to a sample delivery: other properties, or another body or signature. */
export type DeliveryChanges = Partial<NewDelivery> & Partial<Omit<DeliveryContent, 'contentType'>>;

/**
 * Returns a delivery to {@link CHANNEL} with one event about a new subject. Its content is the unsealed body, because a
 * store does not open sealed content.
 */
export function delivery(
  action: string,
  { body = bodyOf(action), signature = sign(body, KEY), ...changes }: DeliveryChanges = {},
): NewDelivery {
  return {
    channel: CHANNEL,
    id: randomUUID(),
    receivedAt: 1_000_000,
    actions: [action],
    model: 'lesson',
    subjectId: randomUUID(),
    eventTime: 999_000,
    digest: digestOf({ body, signature }),
    isConcern: false,
    content: changes.actions?.length === 0 ? null : { ...DATA_KEY, sealed: body },
    ...changes,
  };
}
