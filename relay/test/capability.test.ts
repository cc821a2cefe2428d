import { describe, expect, it } from '@jest/globals';

import { deriveChannel, deriveToken, isChannel, isToken } from '../../wire/capability.ts';
import { CHANNEL, KEY, ORIGIN, TOKEN } from './helpers.ts';

describe('token and channel', () => {
  it('are those that HKDF-SHA256 and SHA-256 make elsewhere (Python), too', () => {
    expect(deriveToken(KEY, ORIGIN)).toBe('qWvIth0Gy7iXDs7onJoqfhuX7MzKv4H1-BnhxntElPE');
    expect(deriveChannel(TOKEN)).toBe('mWE3nHjf5jgmpThwhd9Awwne1Lt5haEo5GqwZ409leYi3LMCT');
  });

  it('differ by key and by relay', () => {
    expect(deriveToken(`${KEY}x`, ORIGIN)).not.toBe(TOKEN);
    expect(deriveToken(KEY, 'https://other.example.com')).not.toBe(TOKEN);
  });

  it('are not made of a key that could be guessed', () => {
    expect(() => deriveToken('x'.repeat(19), ORIGIN)).toThrow(/at least 20 characters/);
    expect(isToken(deriveToken('x'.repeat(20), ORIGIN))).toBe(true);
  });

  it('are told from mistyped ones', () => {
    expect(isChannel(CHANNEL)).toBe(true);
    for (let i = 0; i < CHANNEL.length; i++) {
      const mistyped = CHANNEL.slice(0, i) + (CHANNEL[i] === 'A' ? 'B' : 'A') + CHANNEL.slice(i + 1);
      expect(isChannel(mistyped)).toBe(false);
    }
    for (const other of ['', CHANNEL.slice(1), `${CHANNEL}A`, `${CHANNEL.slice(0, -1)}=`, TOKEN]) {
      expect(isChannel(other)).toBe(false);
    }
    expect(isToken(`${TOKEN}A`)).toBe(false);
  });
});
