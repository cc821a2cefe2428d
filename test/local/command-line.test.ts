import { expect, it } from '@jest/globals';

import { run } from '../../local/command-line.ts';
import { outputOf } from '../support/command-output.ts';

const usage = /^Runs the app on this machine.*\n\nUsage:\n {2}npm start /;

it.each([[['help']], [['send', '--help']], [['poll', '-h']]])('prints the usage for %j', async (args) => {
  expect(await outputOf(() => run(args))).toEqual({ output: expect.stringMatching(usage), error: '' });
});

it.each([
  [['send', 'note_added', '--body'], /^--body needs the path of a file\.\n\nRuns .*\n\nUsage:/],
  [['send'], /^send needs the key of a trigger\.\n\nRuns .*\n\nUsage:/],
  [
    ['send', 'note_added', 'task_created'],
    /^send takes one trigger key, and the choices of its Zap as <field>=<value>\.\n/,
  ],
  [['send', 'note_added', '--kye', 'x'], /^Unknown option '--kye'\.\n\nRuns .*\n\nUsage:/],
  [['sned', 'note_added'], /^Unknown command "sned"\. The commands are: send, do, poll, help\. For all options: /],
  [['pol'], /^Unknown command "pol"\. Did you mean "poll"\? For all options: npm start -- help$/],
  [['do'], /^do needs the key of a search or an action\.\n\nRuns .*\n\nUsage:/],
  [['poll'], /^poll needs the key of a polled trigger\.\n/],
  [['--all', 'lesson'], /^npm start takes no arguments but --all\.\n\nRuns .*\n\nUsage:/],
])('fails with a message for %j', async (args, message) => {
  expect(await outputOf(() => run(args))).toEqual({ output: '', error: expect.stringMatching(message) });
});

it.each([
  [['do', '--port'], '--port needs the port of a stand-in.'],
  [['do', '--port', 'x', 'find_tutor', 'tutor=402'], 'PORT must be a port number from 0 to 65535, not "x".'],
])('refuses %j', async (args, message) => {
  const { output, error } = await outputOf(() => run(args));
  expect(error).toContain(message);
  expect(output).toBe('');
});
