/**
 * The arguments and options that an operator enters: their values, and the messages about invalid arguments and
 * options.
 */

import { describe, expect, it } from '@jest/globals';

import { parseInvocation } from '../../admin/command-arguments.ts';
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
});
