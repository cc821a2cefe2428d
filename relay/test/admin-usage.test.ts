/** The arguments, the search for names, the errors and the output of the operator's commands. */

import { describe, expect, it } from '@jest/globals';

import { findChannel, findSubscription } from '../admin/lookup.ts';
import { parseInvocation, runCommand, usage } from '../admin/run-command.ts';
import { actionsOf, durationOf, sizeOf, tableOf } from '../admin/table.ts';
import { COMMANDS } from '../admin/commands.ts';

async function run(args: string[], environment: NodeJS.ProcessEnv = { RELAY_ADMIN_SOCKET: '/no/such/socket' }) {
  const logged: string[] = [];
  const failed: string[] = [];
  const code = await runCommand(args, environment, {
    log: (line: string) => void logged.push(line),
    error: (line: string) => void failed.push(line),
  });
  return { code, logged: logged.join('\n'), failed: failed.join('\n') };
}

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
    [['channels', '--limit', '3'], '"channels" has too many arguments.'],
    [['forget', 'abcd', '--now'], '"forget" has too many arguments.'],
    [['new-url'], '"new-url" needs a channel. Usage: npm run relay -- new-url <channel> [--now]'],
    [['skip', 'abcd', '0'], 'The number must be that of an event, as "waiting" shows it.'],
    [['move', '--to'], '--to needs a value.'],
    [['move', 'x'], '"move" has too many arguments. Usage: npm run relay -- move [--to <url>] [--yes]'],
  ])('exit with code 2 if they are invalid: %j', async (args, message) => {
    expect(await run(args)).toEqual({ code: 2, logged: '', failed: expect.stringContaining(message) });
  });

  it('may start with a hyphen if they name a channel', () => {
    const valuesOf = (...args: string[]) => parseInvocation(args).values;
    expect(valuesOf('new-url', '--now', '-AbC_123')).toEqual({ channel: '-AbC_123', now: 'true' });
    expect(valuesOf('subscriptions', '--limit1')).toEqual({ channel: '--limit1' });
    expect(valuesOf('pause', '--json', 'abcd')).toEqual({ subscription: 'abcd', json: 'true' });
    expect(valuesOf('waiting', '--limit', '7', 'abcd')).toEqual({ subscription: 'abcd', limit: '7' });
  });

  it('are explained by --help', async () => {
    expect(await run(['--help'])).toEqual({ code: 0, logged: usage(), failed: '' });
    for (const { name, summary } of COMMANDS) expect(usage()).toMatch(new RegExp(`^  ${name}.*${summary}$`, 'm'));
  });
});

describe('a command', () => {
  it('exits with code 1 if no relay is running', async () => {
    expect(await run(['channels'])).toEqual({
      code: 1,
      logged: '',
      failed:
        'No relay is running at /no/such/socket. Start the relay, or set RELAY_ADMIN_SOCKET to the socket of a running one.',
    });
    const { code, failed } = await run(['channels'], { RELAY_ADMIN_SOCKET: 'off' });
    expect({ code, failed }).toEqual({ code: 1, failed: expect.stringContaining('RELAY_ADMIN_SOCKET is "off".') });
  });

  it('looks for the socket next to the SQLite file by default', async () => {
    expect((await run(['channels'], { RELAY_SQLITE_PATH: '/no/relay.sqlite' })).failed).toContain(
      '/no/relay.sqlite.sock',
    );
    expect((await run(['channels'], { RELAY_DATABASE_URL: 'postgres://x/y' })).failed).toContain('at relay.sock.');
  });
});

describe('a name', () => {
  const store = {
    channelsStartingWith: (prefix: string) =>
      Promise.resolve(['AbCdEfGh', 'AbCdxxxx'].filter((name) => name.startsWith(prefix))),
    subscriptionsStartingWith: (prefix: string) =>
      Promise.resolve(
        ['1234abcd', '1234ffff']
          .filter((id) => id.startsWith(prefix))
          .map((id) => ({ channel: 'c', id, description: null, endedAt: null })),
      ),
  };

  it('must have more characters if several channels or subscriptions start with them', async () => {
    await expect(findChannel(store, 'AbCd')).rejects.toThrow('Several channels start with these characters.');
    expect(await findChannel(store, 'AbCdE')).toBe('AbCdEfGh');
    for (const name of ['https://relay.example.com/hooks/AbCdEfGh/x?y', '/hooks/AbCdEfGh/0123', 'AbCdEfGh/0123']) {
      expect(await findChannel(store, name)).toBe('AbCdEfGh');
    }
    await expect(findSubscription(store, '1234')).rejects.toThrow('The ids of several subscriptions start');
    expect(await findSubscription(store, '1234A')).toMatchObject({ channel: 'c', id: '1234abcd' });
  });
});

describe('output for people', () => {
  it('aligns columns', () => {
    const rows = [
      { A: 'wide', LONG: 1 },
      { A: 'x', LONG: 22 },
    ];
    expect(tableOf(rows)).toBe('A     LONG\nwide  1\nx     22');
  });

  it('shows durations and sizes in their largest unit', () => {
    expect([0, 59_999, 60_000, 7_200_000, 200_000_000, -5].map(durationOf)).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '2 h',
      '2 d',
      '0 s',
    ]);
    expect([0, 999, 1500, 2_000_000, 5e12].map(sizeOf)).toEqual(['0 B', '999 B', '1.5 kB', '2.0 MB', '5000.0 GB']);
  });

  it('shortens actions, and removes their control characters', () => {
    expect(actionsOf(['A', 'B'])).toBe('A, B');
    expect(actionsOf(null)).toBe('unknown');
    expect(actionsOf(['\u001b[2J'])).toBe(' [2J');
    expect(actionsOf(['x'.repeat(100)])).toHaveLength(60);
  });
});
