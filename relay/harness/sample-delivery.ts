/** Sample connections and the bodies of sample deliveries. */

import { randomBytes } from 'node:crypto';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { deriveSealKeyPair, sealKeySeed } from '../../wire/sealing/seal-key.ts';

/** The public origin of the relay. Tokens are derived from this origin. */
export const ORIGIN = 'https://relay.example.com';
/** The registration secret of the relays under test. */
export const REGISTRATION_SECRET = 'a-registration-secret-of-nobody';
/** The private key that signs all sample deliveries. */
export const KEY = 'a-private-key-of-nobody-0123456789abcdef';
export const TOKEN = deriveToken(KEY, ORIGIN);
export const CHANNEL = deriveChannel(TOKEN);
/** The private key of another connection. */
export const OTHER_KEY = 'another-private-key-of-nobody-0123456789';
export const OTHER_TOKEN = deriveToken(OTHER_KEY, ORIGIN);
export const OTHER_CHANNEL = deriveChannel(OTHER_TOKEN);
/** The seal key of {@link KEY}. All sample channels are registered with this seal key. */
export const SEAL_KEYS = await deriveSealKeyPair(sealKeySeed(KEY));
export const SEAL_KEY = Buffer.from(SEAL_KEYS.publicKey);
/** Returns a body with one event. The subject has a random id by default, so that no two bodies are duplicates. */
export function bodyOf(action: string, id: number | string = randomBytes(6).toString('hex')): Buffer {
  return Buffer.from(
    `{"request_time": 1781114700, "events": [{"action": "${action}", "subject": {"model": "Lesson", "id": "${id}"}}]}`,
  );
}
