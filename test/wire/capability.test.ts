import { createHash } from 'node:crypto';

import { expect, it } from '@jest/globals';

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
const SECRET = deriveSubscriptionSecret(TOKEN, 'https://hooks.zapier.com/hooks/standard/1/abc/');

it('rejects a key of fewer than 20 characters, which could be guessed', () => {
  expect(() => deriveToken('x'.repeat(19), ORIGIN)).toThrow(
    new RangeError('A relay needs a private key of at least 20 characters.'),
  );
  expect(isToken(deriveToken('x'.repeat(20), ORIGIN))).toBe(true);
});

it('derives tokens, channels and secrets as other implementations do (test vectors from Python)', () => {
  expect(TOKEN).toBe('qWvIth0Gy7iXDs7onJoqfhuX7MzKv4H1-BnhxntElPE');
  expect(CHANNEL).toBe('mWE3nHjf5jgmpThwhd9Awwne1Lt5haEo5GqwZ409leYi3LMCT');
  expect(SECRET).toBe('xRXBYP0nCGa1rC6C2Z6oZQeSVtZR6arBh69-mds-JIw');
  expect(isToken(SECRET)).toBe(true);
});

it('hashes secrets and access tokens with labels, so that no hash is a channel or another hash', () => {
  expect(hashOfSecret(SECRET)).toBe('OYLSJRvHKz7TxMAJfxFaPfke1VoKLRSlrM8_1z8dYDQ');
  expect(hashOfAccessToken(TOKEN)).toBe('CaUqpOzJKq8tM4A-Zz6xbjv5R1oSEnQXhWyJFYOG07I');
  expect(deriveChannel(SECRET)).not.toContain(hashOfSecret(SECRET));
  expect(deriveChannel(TOKEN)).not.toContain(hashOfAccessToken(TOKEN));
  expect(hashOfSecret(TOKEN)).not.toBe(hashOfAccessToken(TOKEN));
});

it('isToken rejects other texts', () => {
  const texts = [`${TOKEN}A`, TOKEN.slice(1), `${TOKEN.slice(1)}=`, `${TOKEN}\n`, ''];
  expect(texts.filter(isToken)).toEqual([]);
});

it('isChannel rejects other texts and a channel with any character mistyped', () => {
  const mistyped = Array.from(
    CHANNEL,
    (character, index) => CHANNEL.slice(0, index) + (character === 'A' ? 'B' : 'A') + CHANNEL.slice(index + 1),
  );
  const others = ['', CHANNEL.slice(1), `${CHANNEL}A`, `${CHANNEL.slice(0, -1)}=`, TOKEN];
  // A text that is one character too long, but has a correct checksum.
  const hash = CHANNEL.slice(0, 43).padStart(44, 'A');
  const checksum = createHash('sha256').update(`checksum|${hash}`).digest('base64url').slice(0, 6);
  expect([CHANNEL, ...mistyped, ...others, hash + checksum].filter(isChannel)).toEqual([CHANNEL]);
});
