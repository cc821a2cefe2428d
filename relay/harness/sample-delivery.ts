/** Sample connections and signed sample deliveries. */

import { randomBytes, randomUUID } from 'node:crypto';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { WRAPPED_KEY_BYTES, type DeliveryContent } from '../../wire/sealing/format.ts';
import { deriveSealKeyPair, sealKeySeed } from '../../wire/sealing/seal-key.ts';
import { sign } from '../../wire/signature.ts';
import { digestOf } from '../store/digest.ts';
import type { NewDelivery, SealedContent } from '../store/delivery.ts';

/** The public origin of the relay for which the tokens are derived. */
export const ORIGIN = 'https://relay.example.com';
/** The registration secret of the relays under test. */
export const REGISTRATION_SECRET = 'a-registration-secret-of-nobody';
/** The private key that signs all sample deliveries. */
export const KEY = 'a-private-key-of-nobody-0123456789abcdef';
export const TOKEN = deriveToken(KEY, ORIGIN);
export const CHANNEL = deriveChannel(TOKEN);
export const OTHER_TOKEN = deriveToken('another-private-key-of-nobody-0123456789', ORIGIN);
export const OTHER_CHANNEL = deriveChannel(OTHER_TOKEN);
/** The seal key of {@link KEY}, with which all sample channels are registered. */
export const SEAL_KEYS = await deriveSealKeyPair(sealKeySeed(KEY));
export const SEAL_KEY = Buffer.from(SEAL_KEYS.publicKey);
/** A data key of {@link CHANNEL}: its UUID, and arbitrary bytes instead of the wrapped key. */
export const DATA_KEY = {
  keyId: '00000000-0000-4000-8000-0000000000d0',
  wrappedKey: Buffer.alloc(WRAPPED_KEY_BYTES, 'wrapped key '),
  sealKey: SEAL_KEY,
} satisfies Partial<SealedContent>;

/** Returns a body with one event. Its subject has a random id by default, so that no two bodies are duplicates. */
export function bodyOf(action: string, id: number | string = randomBytes(6).toString('hex')): Buffer {
  return Buffer.from(
    `{"request_time": 1781114700, "events": [{"action": "${action}", "subject": {"model": "Lesson", "id": "${id}"}}]}`,
  );
}

/** Changes to a sample delivery, which replace parts of its content or of the result. */
export type DeliveryChanges = Partial<NewDelivery> & Partial<Omit<DeliveryContent, 'contentType'>>;

/**
 * Returns a delivery to {@link CHANNEL} with one event. A store does not open sealed content, so the body is used
 * instead.
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
    subjectId: '1234',
    eventTime: 999_000,
    digest: digestOf({ body, signature }),
    isConcern: false,
    content: changes.actions?.length === 0 ? null : { ...DATA_KEY, sealed: body },
    ...changes,
  };
}
