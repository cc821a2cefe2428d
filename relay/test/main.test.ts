/** The relay's command line: start-up errors, and commands. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { callApi } from '../harness/relay-requests.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { spawnedRelays } from './support/spawned-relays.ts';

const { runToEnd, startListening, newStore, keepNewest } = spawnedRelays();

it.each([
  [{ RELAY_ORIGIN: '' }, /^RELAY_ORIGIN is missing\. [^\n]*\n$/],
  [{ RELAY_SQLITE_PATH: '/no/such/folder/x' }, /^Can't use \/no\/such\/folder\/x as a database: [^\n]*\n$/],
])('prints one line, and exits with code 1, for %j', async (environment, message) => {
  expect(await runToEnd({ ...newStore(), ...environment })).toEqual({
    code: 1,
    output: expect.stringMatching(message),
  });
});

describe('a relay', () => {
  const store = newStore();
  let relay: Awaited<ReturnType<typeof startListening>>;

  beforeAll(async () => {
    relay = await startListening(store);
    keepNewest();
  });
  afterAll(() => {
    relay.child.kill('SIGKILL');
  });

  it('refuses a database file or a port that another relay uses', async () => {
    const { url } = relay;
    const used = /^Another process uses [^\n]*\n$/;
    expect(await runToEnd(store)).toEqual({ code: 1, output: expect.stringMatching(used) });
    const inUse = /^The relay cannot listen on its port\. .*EADDRINUSE[^\n]*\n$/;
    const environment = { ...newStore(), RELAY_PORT: new URL(url).port };
    expect(await runToEnd(environment)).toEqual({ code: 1, output: expect.stringMatching(inUse) });
  });

  it('carries out commands while it runs', async () => {
    const { url, output, prints } = relay;
    await callApi(url, 'PUT', '/channel');
    await prints('The admin socket accepts commands.');
    const short = CHANNEL.slice(0, 8);
    const deleted = { code: 0, output: `Deleted the channel ${short} and all its data.\n` };
    expect(await runToEnd(store, ['forget', short])).toEqual(deleted);
    expect(output()).toContain('An operator deleted a channel and all its data.');
  });
});
