import { describe, expect, it } from '@jest/globals';

import {
  deriveChannel,
  deriveSubscriptionSecret,
  deriveToken,
  hashOfAccessToken,
  hashOfSecret,
  isChannel,
  isToken,
} from '../../wire/capability.ts';

const KEY = 'a-private-key-of-nobody-0123456789abcdef';
const ORIGIN = 'https://relay.example.com';
const TOKEN = deriveToken(KEY, ORIGIN);
const CHANNEL = deriveChannel(TOKEN);

describe('deriveToken', () => {
  it('returns the key that HKDF-SHA256 derives (test vector from Python)', () => {
    expect(TOKEN).toBe('qWvIth0Gy7iXDs7onJoqfhuX7MzKv4H1-BnhxntElPE');
  });

  it('rejects a key of fewer than 20 characters, which could be guessed', () => {
    expect(() => deriveToken('x'.repeat(19), ORIGIN)).toThrow(
      new RangeError('A relay needs a private key of at least 20 characters.'),
    );
    expect(isToken(deriveToken('x'.repeat(20), ORIGIN))).toBe(true);
  });
});

describe('deriveChannel', () => {
  it("returns the token's SHA-256 hash and a checksum (test vector from Python)", () => {
    expect(CHANNEL).toBe('mWE3nHjf5jgmpThwhd9Awwne1Lt5haEo5GqwZ409leYi3LMCT');
  });
});

describe('deriveSubscriptionSecret', () => {
  const TARGET = 'https://hooks.zapier.com/hooks/standard/1/abc/';
  const SECRET = deriveSubscriptionSecret(TOKEN, TARGET);

  it('returns the key that HKDF-SHA256 derives (test vector from Python)', () => {
    expect(SECRET).toBe('xRXBYP0nCGa1rC6C2Z6oZQeSVtZR6arBh69-mds-JIw');
    expect(isToken(SECRET)).toBe(true);
  });

  it('is hashed with a label, so that its hash is never a channel', () => {
    expect(hashOfSecret(SECRET)).toBe('OYLSJRvHKz7TxMAJfxFaPfke1VoKLRSlrM8_1z8dYDQ');
    expect(deriveChannel(SECRET)).not.toContain(hashOfSecret(SECRET));
  });
});

describe('the access token of a link', () => {
  it('is hashed with a separate label', () => {
    expect(hashOfAccessToken(TOKEN)).toBe('CaUqpOzJKq8tM4A-Zz6xbjv5R1oSEnQXhWyJFYOG07I');
    expect(deriveChannel(TOKEN)).not.toContain(hashOfAccessToken(TOKEN));
    expect(hashOfSecret(TOKEN)).not.toBe(hashOfAccessToken(TOKEN));
  });
});

describe('isToken', () => {
  it.each([`${TOKEN}A`, TOKEN.slice(1), `${TOKEN.slice(1)}=`, `${TOKEN}\n`, ''])('rejects %j', (text) => {
    expect(isToken(text)).toBe(false);
  });
});

describe('isChannel', () => {
  it('accepts a channel', () => {
    expect(isChannel(CHANNEL)).toBe(true);
  });

  it('rejects a channel with any character mistyped', () => {
    for (let i = 0; i < CHANNEL.length; i++) {
      const mistyped = CHANNEL.slice(0, i) + (CHANNEL[i] === 'A' ? 'B' : 'A') + CHANNEL.slice(i + 1);
      expect(isChannel(mistyped)).toBe(false);
    }
  });

  it.each(['', CHANNEL.slice(1), `${CHANNEL}A`, `${CHANNEL.slice(0, -1)}=`, TOKEN])('rejects %j', (text) => {
    expect(isChannel(text)).toBe(false);
  });
});
