/** Wrapping of data keys for a channel's seal key, with HPKE (RFC 9180) in base mode. */

import type { CipherSuite, KeyPair } from 'hpke';

import { type DeliveryMetadata, DATA_KEY_BYTES, SEALED_FORMAT, WRAPPED_KEY_BYTES, SealingRejection } from './format.ts';

/**
 * Returns the HPKE cipher suite. Loads the package on the first call, because loading takes 5 ms and few processes need
 * the package.
 */
export async function hpkeSuite(): Promise<CipherSuite> {
  const hpke = await import('hpke');
  return new hpke.CipherSuite(hpke.KEM_DHKEM_X25519_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES_256_GCM);
}

const ENCAPSULATED_BYTES = 32;

/** The channel and the key id (UUID) that a wrapped data key is bound to. */
export type DataKeyNames = Pick<DeliveryMetadata, 'channel' | 'keyId'>;

const utf8 = new TextEncoder();
const INFO = utf8.encode(`${SEALED_FORMAT} data key`);

/** Returns the parameters of HPKE: `info` names the purpose, `aad` is the UTF-8 JSON text of `[channel, key id]`. */
const bindingOf = ({ channel, keyId }: DataKeyNames) => ({
  info: INFO,
  aad: utf8.encode(JSON.stringify([channel, keyId])),
});

/**
 * Wraps a data key for a public seal key. The result has 80 bytes.
 *
 * @throws {Error} if the seal key is a point of small order, which belongs to no key pair
 */
export async function wrapDataKey(sealKey: Uint8Array, dataKey: Uint8Array, names: DataKeyNames): Promise<Uint8Array> {
  const hpke = await hpkeSuite();
  const publicKey = await hpke.DeserializePublicKey(sealKey);
  const { encapsulatedSecret, ciphertext } = await hpke.Seal(publicKey, dataKey, bindingOf(names));
  return new Uint8Array([...encapsulatedSecret, ...ciphertext]);
}

/** Returns true if data keys can be wrapped for a public seal key. Returns false for a point of small order. */
export async function canWrapFor(sealKey: Uint8Array): Promise<boolean> {
  try {
    await wrapDataKey(sealKey, new Uint8Array(DATA_KEY_BYTES), { channel: '', keyId: '' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Unwraps a data key that {@link wrapDataKey} wrapped.
 *
 * @throws {SealingRejection} if the data key was wrapped for a different seal key, channel or key id, or was changed
 */
export async function unwrapDataKey(keys: KeyPair, wrapped: Uint8Array, names: DataKeyNames): Promise<Uint8Array> {
  if (wrapped.length !== WRAPPED_KEY_BYTES) throw new SealingRejection('damaged');
  const hpke = await hpkeSuite();
  const encapsulated = wrapped.subarray(0, ENCAPSULATED_BYTES);
  try {
    return await hpke.Open(keys, encapsulated, wrapped.subarray(ENCAPSULATED_BYTES), bindingOf(names));
  } catch {
    throw new SealingRejection('damaged');
  }
}
