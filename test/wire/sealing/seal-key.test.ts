/** The key pair that a relay seals deliveries for, and the text of its public key. */

import { describe, expect, it } from '@jest/globals';

import { EnvelopeOpener } from '../../../wire/sealing/envelope-opener.ts';
import {
  sealKeyFingerprint,
  sealKeyFromText,
  sealKeySeed,
  sealKeyText,
  deriveSealKeyPair,
} from '../../../wire/sealing/seal-key.ts';
import { FINGERPRINT, ORIGIN, PRIVATE_KEY, SEAL_KEY } from './vectors.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (value: Uint8Array): string => Buffer.from(value).toString('hex');

/** RFC 9180, section A.1.1 (the derivation of keys does not depend on the AEAD). */
const DERIVATION = {
  ikm: '6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037',
  publicKey: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
};

describe('the seal key', () => {
  it('is the frozen key', async () => {
    const { publicKey } = await new EnvelopeOpener(PRIVATE_KEY, ORIGIN).sealKeyPair();
    expect(sealKeyText(publicKey)).toBe(SEAL_KEY);
    expect(sealKeyFingerprint(publicKey)).toBe(FINGERPRINT);
    expect(Buffer.from(sealKeyFromText(SEAL_KEY) ?? [])).toEqual(Buffer.from(publicKey));
  });

  it('is not accepted from any other text', () => {
    for (const text of ['', SEAL_KEY.slice(1), `${SEAL_KEY}A`, `${SEAL_KEY}=`, SEAL_KEY.replace(/w$/, 'x')]) {
      expect(sealKeyFromText(text)).toBeNull();
    }
  });

  it('is not derived from a key that could be guessed', () => {
    expect(() => sealKeySeed('x'.repeat(19))).toThrow(RangeError);
    expect(() => new EnvelopeOpener('x'.repeat(19), ORIGIN)).toThrow(RangeError);
  });
});

describe("RFC 9180's test vectors", () => {
  it('match the public key of derived key pairs', async () => {
    const { publicKey } = await deriveSealKeyPair(bytes(DERIVATION.ikm));
    expect(hexOf(publicKey)).toBe(DERIVATION.publicKey);
  });
});
