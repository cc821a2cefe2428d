/** The private keys that are entered for a check. */

import { Readable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { CheckFailed } from '../../account-check/check-failed.ts';
import { readPrivateKey, readPrivateKeys } from '../../account-check/private-keys.ts';

const [KEY, OTHER] = ['private-key-of-nobody-0123456789abcdef01', 'private-key-of-nobody-0123456789abcdef02'];

beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  jest.spyOn(console, 'log').mockReturnValue();
  jest.replaceProperty(process, 'env', {});
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Enters all lines at once, as a pipe does. */
function enter(...lines: readonly string[]): void {
  const input = Object.assign(Readable.from([lines.map((line) => `${line}\n`).join('')]), { isTTY: false });
  jest.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
}

describe('the keys of several branches', () => {
  it('end with an empty line, and may be pasted with quotation marks', async () => {
    enter(KEY, `"${OTHER}"`, '', 'unused');
    expect(await readPrivateKeys()).toEqual([KEY, OTHER]);
  });

  it.each([
    ['no key', [''], /^No private key was entered\./],
    ['a text that is no key', [KEY, 'two words', ''], /^This is not a private key\./],
    ['a key twice', [KEY, OTHER, `"${KEY}"`, ''], /^This key was entered before\./],
  ])('are refused if they are %s', async (_what, lines, message) => {
    enter(...lines);
    const keys = readPrivateKeys();
    await expect(keys).rejects.toThrow(CheckFailed);
    await expect(keys).rejects.toThrow(message);
  });
});

describe('the key of one branch', () => {
  it('is taken from the environment variable, or else from the input', async () => {
    enter(OTHER);
    process.env.TUTORCRUNCHER_PRIVATE_KEY = KEY;
    expect(await readPrivateKey()).toBe(KEY);
    delete process.env.TUTORCRUNCHER_PRIVATE_KEY;
    expect(await readPrivateKey()).toBe(OTHER);
  });

  it('is refused if the input ends without it', async () => {
    enter();
    await expect(readPrivateKey()).rejects.toThrow(/^No private key was entered\./);
  });
});
