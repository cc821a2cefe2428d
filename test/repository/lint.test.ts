/**
 * The format of all files, and the lint rules. ESLint uses one core for most of a minute, so `npm run test:all` checks
 * the rules in parallel with the other tests.
 */

import { execFile } from 'node:child_process';

import { expect, it } from '@jest/globals';

/** Time limit on a busy machine, in milliseconds. */
const LIMIT_MS = 1_200_000;

it(
  'all files have the format of Prettier, and keep the rules of ESLint',
  async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile('npm', ['run', '--silent', 'lint'], (error, stdout) => {
      // The message of the error contains stderr.
      resolve(error ? `${error.message}${stdout}` : '');
    });
    expect(await promise).toBe('');
  },
  LIMIT_MS,
);
