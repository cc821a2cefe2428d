/** The HPKE suite, with the test vectors that RFC 9180 publishes. */

import { describe, expect, it } from '@jest/globals';

import { canWrapFor, hpkeSuite, unwrapDataKey, wrapDataKey } from '../../../wire/sealing/key-wrap.ts';
import { SealingRejection } from '../../../wire/sealing/format.ts';
import { deriveSealKeyPair } from '../../../wire/sealing/seal-key.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (value: Uint8Array): string => Buffer.from(value).toString('hex');

const suite = await hpkeSuite();

/** RFC 9180, section A.1.1 (the derivation of keys does not depend on the AEAD). */
const DERIVATION = {
  ikm: '6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037',
  publicKey: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
};

/** The entry of RFC 9180's test-vectors.json with mode 0 (base), kem_id 32, kdf_id 1 and aead_id 2. */
const BASE = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  privateKey: '497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d',
  publicKey: '430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c',
  encapsulated: '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256',
  aad: '436f756e742d30',
  ciphertext: 'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
};
const NAMES = { channel: 'channel', keyId: '11111111-2222-4333-8444-555555555555' };
const DATA_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);

async function recipientOfVector() {
  return {
    privateKey: await suite.DeserializePrivateKey(bytes(BASE.privateKey)),
    publicKey: await suite.DeserializePublicKey(bytes(BASE.publicKey)),
  };
}

describe("RFC 9180's test vectors", () => {
  it('open', async () => {
    const plaintext = await suite.Open(await recipientOfVector(), bytes(BASE.encapsulated), bytes(BASE.ciphertext), {
      info: bytes(BASE.info),
      aad: bytes(BASE.aad),
    });
    expect(hexOf(plaintext)).toBe(BASE.plaintext);
  });
});

describe('a wrapped data key', () => {
  it('is unwrapped only under the names that it was wrapped for', async () => {
    const { publicKey, keys } = await deriveSealKeyPair(bytes(DERIVATION.ikm));
    const wrapped = await wrapDataKey(publicKey, DATA_KEY, NAMES);
    expect(wrapped).toHaveLength(80);
    expect(await wrapDataKey(publicKey, DATA_KEY, NAMES)).not.toEqual(wrapped);
    expect(await unwrapDataKey(keys, wrapped, NAMES)).toEqual(DATA_KEY);
    for (const names of [
      { ...NAMES, channel: 'another' },
      { ...NAMES, keyId: '11111111-2222-4333-8444-555555555556' },
    ]) {
      await expect(unwrapDataKey(keys, wrapped, names)).rejects.toEqual(new SealingRejection('damaged'));
    }
    await expect(unwrapDataKey(keys, wrapped.subarray(1), NAMES)).rejects.toEqual(new SealingRejection('damaged'));
  });

  it('cannot be created for a point of small order', async () => {
    const { publicKey } = await deriveSealKeyPair(bytes(DERIVATION.ikm));
    expect(await canWrapFor(publicKey)).toBe(true);
    expect(await canWrapFor(new Uint8Array(32))).toBe(false);
    expect(await canWrapFor(Uint8Array.of(1, ...new Uint8Array(31)))).toBe(false);
  });
});
