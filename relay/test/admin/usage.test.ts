/** The arguments, the search for names, the errors and the output of the operator's commands. */

import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { COMMANDS } from '../../admin/commands.ts';
import { findChannel, findSubscription } from '../../admin/lookup.ts';
import { parseInvocation } from '../../admin/run-command.ts';
import { actionsOf, durationOf, sizeOf } from '../../admin/table.ts';
import { runIn } from '../support/admin-relay.ts';

const run = (...args: readonly string[]) => runIn({ RELAY_ADMIN_SOCKET: '/no/such/socket' }, ...args);

describe('the arguments of a command', () => {
  it.each([
    [['frobnicate'], 'There is no command "frobnicate".'],
    [['waiting'], '"waiting" needs a subscription. Usage: npm run relay -- waiting <subscription> [--limit <number>]'],
    [['waiting', ''], '"waiting" needs a subscription.'],
    [['forget', ''], '"forget" needs a channel.'],
    [['channels', 'x'], '"channels" has too many arguments. Usage: npm run relay -- channels'],
    [['dead', 'a', 'b'], '"dead" has too many arguments.'],
    [['dead', 'abcd', '--limit', '0'], '--limit must be a whole number from 1 to 1000.'],
    [['dead', 'abcd', '--limit', '1e9'], '--limit must be a whole number from 1 to 1000.'],
    [['dead', 'abcd', '--limit'], '--limit needs a value.'],
    [['dead', 'abcd', '--limit='], '--limit needs a value.'],
    [['dead', 'abcd', '--limit', '-1'], '--limit must be a whole number from 1 to 1000.'],
    [['skip', 'abcd', '1x'], 'The number must be the number of an event, as "waiting" shows it.'],
    [['new-url', 'abcd', '--now=false'], '"new-url" has too many arguments.'],
    [['dead', 'a', '-b'], '"dead" has too many arguments.'],
    [['channels', '--limit', '3'], '"channels" has too many arguments.'],
    [['forget', 'abcd', '--now'], '"forget" has too many arguments.'],
    [['new-url'], '"new-url" needs a channel. Usage: npm run relay -- new-url <channel> [--now]'],
    [['skip', 'abcd', '0'], 'The number must be the number of an event, as "waiting" shows it.'],
    [['move', '--to'], '--to needs a value.'],
    [['move', 'x'], '"move" has too many arguments. Usage: npm run relay -- move [--to <url>] [--yes]'],
  ])('exit with code 2 if they are invalid: %j', async (args, message) => {
    expect(await run(...args)).toEqual({ code: 2, output: expect.stringContaining(message) });
  });

  it('may start with a hyphen if they name a channel', () => {
    const valuesOf = (...args: string[]) => parseInvocation(args).values;
    expect(valuesOf('new-url', '--now', '-AbC_123')).toEqual({ channel: '-AbC_123', now: 'true' });
    expect(valuesOf('subscriptions', '--limit1')).toEqual({ channel: '--limit1' });
    expect(valuesOf('pause', '--json', 'abcd')).toEqual({ subscription: 'abcd', json: 'true' });
    expect(valuesOf('subscriptions', '-n')).toEqual({ channel: '-n' });
    expect(valuesOf('new-url', '--', '--now')).toEqual({ channel: '--now' });
  });

  it('may follow options, whose values may follow an equals sign', () => {
    expect(parseInvocation(['waiting', '--limit', '7', 'abcd']).values).toEqual({ subscription: 'abcd', limit: '7' });
    expect(parseInvocation(['waiting', 'abcd', '--limit=7']).values).toEqual({ subscription: 'abcd', limit: '7' });
    expect(parseInvocation(['move', '--to=postgres://x/y?a=b', '--yes', '--json']).values).toEqual({
      to: 'postgres://x/y?a=b',
      yes: 'true',
      json: 'true',
    });
  });

  it('are explained by --help', async () => {
    const { code, output } = await run('--help');
    expect(code).toBe(0);
    expect(output).toMatch(
      /^Usage: npm run relay +Starts a relay\.\n {7}npm run relay -- <command> {2}Sends a command/,
    );
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

it.each([
  [{ RELAY_ADMIN_SOCKET: '/no/such/socket' }, 'No relay is running at /no/such/socket. Start the relay, or set'],
  [{ RELAY_ADMIN_SOCKET: 'off' }, 'RELAY_ADMIN_SOCKET is "off".'],
  [{ RELAY_SQLITE_PATH: '/no/relay.sqlite' }, 'No relay is running at /no/relay.sqlite.sock.'],
  [{ RELAY_DATABASE_URL: 'postgres://x/y' }, 'No relay is running at relay.sock.'],
])('a command exits with code 1 if no relay is running, in the environment %j', async (environment, message) => {
  expect(await runIn(environment, 'channels')).toEqual({ code: 1, output: expect.stringContaining(message) });
});

it('a name must have more characters if several channels or subscriptions start with them', async () => {
  const subscription = { channel: 'c', description: null, endedAt: null };
  const store = {
    channelsStartingWith: (prefix: string) =>
      Promise.resolve(['AbCdEfGh', 'AbCdxxxx'].filter((name) => name.startsWith(prefix))),
    subscriptionsStartingWith: (prefix: string) =>
      Promise.resolve(
        ['1234abcd', '1234ffff'].filter((id) => id.startsWith(prefix)).map((id) => ({ ...subscription, id })),
      ),
  };
  await expect(findChannel(store, 'AbCd')).rejects.toThrow('Several channels start with these characters.');
  const urls = ['https://relay.example.com/hooks/AbCdEfGh/x?y', '/hooks/AbCdEfGh/0123', 'AbCdEfGh/0123'];
  for (const name of ['AbCdE', ...urls]) expect(await findChannel(store, name)).toBe('AbCdEfGh');
  await expect(findSubscription(store, '1234')).rejects.toThrow('The ids of several subscriptions start');
  expect(await findSubscription(store, '1234A')).toMatchObject({ channel: 'c', id: '1234abcd' });
});

describe('output for people', () => {
  it('shows durations and sizes in their largest unit', () => {
    const durations = [-5, 59_999, 60_000, 7_200_000, 200_000_000].map(durationOf);
    expect(durations.join(', ')).toBe('0 s, 59 s, 1 min, 2 h, 2 d');
    expect([0, 999, 1500, 2_000_000, 5e12].map(sizeOf).join(', ')).toBe('0 B, 999 B, 1.5 kB, 2.0 MB, 5000.0 GB');
  });

  it('shortens actions, and removes their control characters', () => {
    expect(actionsOf(['A', 'B'])).toBe('A, B');
    expect(actionsOf(null)).toBe('unknown');
    expect(actionsOf(['\u001b[2J'])).toBe(' [2J');
    expect(actionsOf(['x'.repeat(100)])).toHaveLength(60);
  });
});
