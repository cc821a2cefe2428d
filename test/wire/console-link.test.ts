import { createCipheriv } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { isToken } from '../../wire/capability.ts';
import { MAX_LINK_KEY_BYTES } from '../../wire/link-api.ts';
import {
  createLinkSecret,
  deriveLink,
  isLinkSecret,
  linkFragment,
  readLinkFragment,
  unwrapLinkKey,
  wrapLinkKey,
} from '../../wire/console-link.ts';
import { SealingRejection } from '../../wire/sealing/format.ts';

const NAMES = { channel: 'channel', keyId: '11111111-1111-4111-8111-111111111111' };
const DATA_KEY = new Uint8Array(32).fill(9);
/**
 * The values are frozen, because links from other versions must stay valid. They were computed with `node:crypto` from
 * a secret of 32 bytes with the value 7.
 */
const VECTOR = {
  secret: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc',
  accessToken: 'BhLB_bXPCCGJwCzvsfZ7Psy93ynrSHqdGEAZva32iOM',
  wrappingKey: '656992fc228cd5d8eabdf452921e7ae6c97a6894850399420341b8aaec258c23',
  wrapped: 'AQEBAQEBAQEBAQEBFn81JjVKMqteoc3ZCp/FjsoERzA8g7eHAGWgYONrU/ftrX3FGTKYTgK15LOAz6Ui',
};

describe('the secret of a link', () => {
  it('is random, and has the format of 32 bytes in base64url', () => {
    const secrets = Array.from({ length: 200 }, createLinkSecret).filter(isLinkSecret);
    expect(new Set(secrets).size).toBe(200);
    expect(secrets.every((secret) => Buffer.from(secret, 'base64url').length === 32)).toBe(true);
  });

  it.each(['', 'x', `${VECTOR.secret}x`, VECTOR.secret.slice(1), `${VECTOR.secret.slice(1)}+`, `${VECTOR.secret}\n`])(
    'is refused if it is %j',
    async (text) => {
      expect(isLinkSecret(text)).toBe(false);
      await expect(deriveLink(text)).rejects.toThrow(/incomplete\. Open a fresh link\.$/);
    },
  );
});

describe('the fragment of a link', () => {
  const { secret } = VECTOR;
  it.each([
    ['GBP', `${secret}.GBP`],
    [null, secret],
  ])('contains the currency %j', (currency, fragment) => {
    expect(linkFragment({ secret, currency })).toBe(fragment);
    expect(readLinkFragment(fragment)).toEqual({ secret, currency });
  });

  it('contains and accepts no text that is not a currency', () => {
    for (const currency of ['', 'gbp', 'GBPX', '<b>', 'GB)']) expect(linkFragment({ secret, currency })).toBe(secret);
    for (const more of ['', '.', '.gbp', '.GBPX']) {
      expect(readLinkFragment(`${secret}${more}`)).toEqual({ secret, currency: null });
    }
    expect(readLinkFragment('').secret).toBe('');
  });
});

describe('the keys of a link', () => {
  it('are derived as in the frozen vector', async () => {
    const { accessToken, wrappingKey } = await deriveLink(VECTOR.secret);
    expect(accessToken).toBe(VECTOR.accessToken);
    expect(Buffer.from(wrappingKey).toString('hex')).toBe(VECTOR.wrappingKey);
    expect(isToken(accessToken)).toBe(true);
  });
});

describe('a data key that is wrapped for a link', () => {
  it('is unwrapped with the same link, and is no larger than a relay accepts', async () => {
    const { wrappingKey } = await deriveLink(VECTOR.secret);
    const one = await wrapLinkKey(wrappingKey, DATA_KEY, NAMES);
    const two = await wrapLinkKey(wrappingKey, DATA_KEY, NAMES);
    expect(one).not.toBe(two);
    for (const wrapped of [one, two, VECTOR.wrapped]) {
      expect(Buffer.from(wrapped, 'base64').length).toBeLessThanOrEqual(MAX_LINK_KEY_BYTES);
      expect(await unwrapLinkKey(wrappingKey, wrapped, NAMES)).toEqual(DATA_KEY);
    }
  });

  it('is rejected with another link, channel or key id, or if it was changed', async () => {
    const { wrappingKey } = await deriveLink(VECTOR.secret);
    const other = await deriveLink(createLinkSecret());
    const { wrapped } = VECTOR;
    const changed = Buffer.from(wrapped, 'base64');
    changed[20] = (changed[20] ?? 0) ^ 1;
    const attempts: [Uint8Array, string, typeof NAMES][] = [
      [other.wrappingKey, wrapped, NAMES],
      [wrappingKey, wrapped, { ...NAMES, channel: 'other' }],
      [wrappingKey, wrapped, { ...NAMES, keyId: '22222222-2222-4222-8222-222222222222' }],
      [wrappingKey, changed.toString('base64'), NAMES],
      [wrappingKey, wrapped.slice(0, 40), NAMES],
      [wrappingKey, `${wrapped} `, NAMES],
      [wrappingKey, '', NAMES],
    ];
    for (const [key, text, names] of attempts) {
      await expect(unwrapLinkKey(key, text, names)).rejects.toEqual(new SealingRejection('damaged'));
    }
  });

  it('is rejected if it is not a key of 32 bytes', async () => {
    const { wrappingKey } = await deriveLink(VECTOR.secret);
    const binding = JSON.stringify(['console-link data key', NAMES.channel, NAMES.keyId]);
    const cipher = createCipheriv('aes-256-gcm', wrappingKey, Buffer.alloc(12)).setAAD(Buffer.from(binding));
    const parts = [Buffer.alloc(12), cipher.update(Buffer.alloc(16)), cipher.final(), cipher.getAuthTag()];
    const wrapped = Buffer.concat(parts).toString('base64');
    await expect(unwrapLinkKey(wrappingKey, wrapped, NAMES)).rejects.toEqual(new SealingRejection('damaged'));
  });
});
