/** `npm start` as a process: exit codes, and failures on stderr. */

import { expect, it } from '@jest/globals';

import { runToEnd } from '../support/npm-start.ts';

it('exits with code 0 after it has printed the usage', async () => {
  expect(await runToEnd(['help'])).toEqual({
    code: 0,
    output: expect.stringMatching(/^Runs the app on this machine.*\n\nUsage:\n {2}npm start /),
    errors: '',
  });
});

it('exits with code 1 and a message on stderr for an unknown command', async () => {
  const { code, output, errors } = await runToEnd(['sned']);
  expect(errors).toMatch(/^Unknown command "sned"\. The commands are: send, do, poll, help\.\s/);
  expect(errors).not.toContain('Usage:');
  expect([code, output]).toEqual([1, errors]);
});
