/** The list of the operator's commands. */

import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { COMMANDS } from '../../admin/commands.ts';
import { runIn } from '../support/admin-relay.ts';

describe('the commands and their arguments', () => {
  it('are explained by --help', async () => {
    const { code, output } = await runIn({}, '--help');
    expect(code).toBe(0);
    expect(output).toMatch(
      /^Usage: npm run relay +Starts a relay\.\n {7}npm run relay -- <command> {2}Sends a command/,
    );
    for (const synopsis of [
      'subscriptions [<channel>]',
      'waiting <subscription> [--limit <number>]',
      'move [--to <url>] [--yes]',
    ]) {
      expect(output).toContain(`\n  ${synopsis}  `);
    }
    for (const { name, summary } of COMMANDS) expect(output).toMatch(new RegExp(`^  ${name}.*${summary}$`, 'm'));
  });

  it.each([
    ['deploy/tutorcruncher-relay', 'export COMMAND_NAME=tutorcruncher-relay', 'tutorcruncher-relay'],
    ['deploy/image/relay', 'export COMMAND_NAME="${COMMAND_NAME:-relay}"', 'relay'],
    [
      'deploy/compose.sqlite.yaml',
      '      COMMAND_NAME: docker compose exec relay relay',
      'docker compose exec relay relay',
    ],
  ])('are explained by --help in the words of %s', async (file, line, program) => {
    expect(readFileSync(file, 'utf8').split('\n')).toContain(line);
    const inWords = (...args: string[]) => runIn({ COMMAND_NAME: program, RELAY_ADMIN_SOCKET: '/no/socket' }, ...args);
    const outputs = [await inWords('--help'), await inWords('frobnicate'), await inWords('forget')];
    for (const { output } of outputs) {
      expect(output).toContain(`Usage: ${program} `);
      expect(output).not.toContain('npm');
    }
  });
});
