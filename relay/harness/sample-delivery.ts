/** Sample connections and signed sample deliveries. */

import { randomBytes } from 'node:crypto';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { sign } from '../../wire/signature.ts';
import type { NewDelivery } from '../store/store.ts';

/** The public origin of the relay that the tokens are derived for. */
export const ORIGIN = 'https://relay.example.com';
/** The registration secret of the relays under test. */
export const REGISTRATION_SECRET = 'a-registration-secret-of-nobody';
/** The private key that signs all sample deliveries. */
export const KEY = 'a-private-key-of-nobody-0123456789abcdef';
export const TOKEN = deriveToken(KEY, ORIGIN);
export const CHANNEL = deriveChannel(TOKEN);
export const OTHER_TOKEN = deriveToken('another-private-key-of-nobody-0123456789', ORIGIN);
export const OTHER_CHANNEL = deriveChannel(OTHER_TOKEN);

/** Returns a body with one event. Its subject has a random id by default, so that no two bodies are duplicates. */
export function bodyOf(action: string, id: number | string = randomBytes(6).toString('hex')): Buffer {
  return Buffer.from(
    `{"request_time": 1781114700, "events": [{"action": "${action}", "subject": {"model": "Lesson", "id": "${id}"}}]}`,
  );
}

/** Returns a delivery to {@link CHANNEL} with one event. */
export function delivery(action: string, changes: Partial<NewDelivery> = {}): NewDelivery {
  const body = changes.body ?? bodyOf(action);
  return {
    channel: CHANNEL,
    body,
    signature: sign(body, KEY),
    contentType: 'application/json',
    actions: [action],
    receivedAt: 1_000_000,
    ...changes,
  };
}
