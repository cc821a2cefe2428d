/**
 * The seal key of a channel: an X25519 key pair that the connector derives from the integration's private key. The
 * relay has only the public key, which can seal deliveries but not open them.
 */

import { createHash, hkdfSync } from 'node:crypto';

import type { KeyPair } from 'hpke';

import { checkedPrivateKey } from '../capability.ts';
import { hpkeSuite } from './key-wrap.ts';

const PUBLIC_KEY_BYTES = 32;
const SEED_BYTES = 32;

/**
 * Returns the bytes from which a seal key pair is derived. These bytes are as secret as the private key.
 *
 * @throws {RangeError} if the key has fewer than 20 characters
 */
export const sealKeySeed = (privateKey: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', checkedPrivateKey(privateKey), 'tutorcruncher-relay/v1', 'seal-key', SEED_BYTES));

/** Derives a seal key pair from a {@link sealKeySeed} with HPKE's DeriveKeyPair (RFC 9180, section 7.1.3). */
export async function deriveSealKeyPair(seed: Uint8Array): Promise<{ publicKey: Uint8Array; keys: KeyPair }> {
  const hpke = await hpkeSuite();
  // The private key cannot be exported.
  const keys = await hpke.DeriveKeyPair(seed, false);
  return { publicKey: await hpke.SerializePublicKey(keys.publicKey), keys };
}

/** Returns a public seal key as text: base64url, 43 characters. */
export const sealKeyText = (publicKey: Uint8Array): string => Buffer.from(publicKey).toString('base64url');

/** Returns the public seal key from its text; null for any other text. */
export function sealKeyFromText(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === PUBLIC_KEY_BYTES && bytes.toString('base64url') === text ? bytes : null;
}

/** Returns the fingerprint of a public seal key: a SHA-256 hash as base64url (43 characters). */
export const sealKeyFingerprint = (publicKey: Uint8Array): string =>
  createHash('sha256').update('seal-key|').update(publicKey).digest('base64url');
