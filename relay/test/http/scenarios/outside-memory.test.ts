/**
 * The memory of a relay while strangers send requests to it. Anyone can reach the relay, and some strangers know the
 * webhook URL of a channel.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, expect, it } from '@jest/globals';

import { deriveChannel, deriveToken } from '../../../../wire/capability.ts';
import { LINKS_PATH } from '../../../../wire/link-api.ts';
import { randomText } from '../../../harness/random-text.ts';
import { startRelayProcess } from '../../../harness/relay-process.ts';
import { callApi, hookPath } from '../../../harness/relay-requests.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL, OTHER_TOKEN, TOKEN } from '../../../harness/sample-delivery.ts';
import { until } from '../../../harness/until.ts';
import { closeConnections, headOf, openConnection } from '../../support/raw-connection.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/**
 * Duration of an attack, in milliseconds. During an attack, each client sends at least one body, and all clients send
 * at the same time.
 */
const ATTACK_MS = 500;
/** Duration of the attack that keeps opening new connections, in milliseconds. */
const NEW_CONNECTIONS_MS = 4_500;
const LARGE = Buffer.from(randomText(10_000_000));
/** Chunks that fill the 64 kB buffer that Node.js uses to read from a connection. */
const TINY_CHUNKS = '1\r\nx\r\n'.repeat(10_900);
const environment = { RELAY_SQLITE_PATH: join(temporaryFolder(), 'relay.sqlite'), LOG_LEVEL: 'silent' };
const relay = await startRelayProcess({ environment });
afterAll(() => relay.kill('SIGKILL'));
let count = 0;

await callApi(relay.url, 'PUT', '/channel');
/** The channels of a stranger who knows 20 webhook URLs. The default of RELAY_MAX_CHANNELS is 20. */
const CHANNELS = [CHANNEL];
for (let index = 1; index < 20; index++) {
  const token = deriveToken(`a-private-key-of-nobody-number-${index}`, ORIGIN);
  await callApi(relay.url, 'PUT', '/channel', undefined, token);
  CHANNELS.push(deriveChannel(token));
}

/**
 * Sends a webhook. Resolves when the connection is closed, either by the client 20 ms after the response or by the
 * relay.
 */
async function send(channel: string, length: number, part: Buffer, closes = true): Promise<void> {
  const signature = (++count).toString(16).padStart(64, '0');
  const head = headOf(hookPath(relay.url, channel), `Content-Length: ${length}`, signature);
  const { socket, closed } = openConnection(relay.url, head, part);
  if (closes) socket.on('data', () => setTimeout(() => socket.destroy(), 20));
  await closed;
}

/**
 * Sends bodies to channels in turn for {@link ATTACK_MS}. Each client has one connection at a time. Returns the relay's
 * peak memory in MiB.
 */
async function peakAfter(channels: readonly string[], clients: number, length: number, sent: number): Promise<number> {
  const end = performance.now() + ATTACK_MS;
  const attack = async (_: unknown, client: number) => {
    for (let turn = client; performance.now() < end; turn++) {
      await send(channels[turn % channels.length] ?? CHANNEL, length, LARGE.subarray(0, sent));
    }
  };
  await Promise.all(Array.from({ length: clients }, attack));
  return relay.peakMb();
}

it('a relay stays below 250 MB for bodies of 10 MB to an unknown channel', async () => {
  expect(await peakAfter([OTHER_CHANNEL], 64, 10_000_000, 10_000_000)).toBeLessThan(250);
});

it.each<[what: string, path: () => string, headers: string]>([
  ['to an unknown webhook URL', () => hookPath(relay.url, OTHER_CHANNEL), ''],
  ['with an unknown token', () => LINKS_PATH, `Authorization: Bearer ${OTHER_TOKEN}\r\n`],
  ['with a token', () => LINKS_PATH, `Authorization: Bearer ${TOKEN}\r\n`],
  ['to an unknown path', () => '/nothing', ''],
])('a relay stays below 250 MB for 100 bodies in chunks of one byte %s', async (_what, path, headers) => {
  const head = headOf(path(), `${headers}Content-Type: application/json\r\nTransfer-Encoding: chunked`);
  const opened = Array.from({ length: 100 }, () => openConnection(relay.url, head, TINY_CHUNKS));
  // A request is over when the relay has responded, or has closed the connection.
  const isOver = opened.map(
    ({ socket, statuses }) =>
      () =>
        statuses.length > 0 || socket.destroyed,
  );
  await until(() => isOver.every((over) => over()));
  closeConnections();
  expect(relay.peakMb()).toBeLessThan(250);
});

it('a relay stays below 250 MB and 600 file descriptors for large bodies that never arrive completely on new connections', async () => {
  const end = performance.now() + NEW_CONNECTIONS_MS;
  const descriptors: number[] = [];
  while (performance.now() < end) {
    for (let index = 0; index < 3; index++) void send(OTHER_CHANNEL, LARGE.length, LARGE.subarray(0, 600_000), false);
    descriptors.push(readdirSync(`/proc/${relay.child.pid}/fd`).length);
    await sleep(5);
  }
  closeConnections();
  expect(Math.max(...descriptors)).toBeLessThan(600);
  expect(relay.peakMb()).toBeLessThan(250);
});

// Only a sender who knows webhook URLs can cause these loads. Without the glibc settings in deploy/, freed memory stays
// in use, and the loads with 20 URLs take 580 MB within a minute.
it.each([
  ['bodies of 10 MB', 64, 10_000_000, 10_000_000],
  ['bodies of 60 kB', 480, 60_000, 60_000],
  ['bodies of 64 kB that never arrive completely', 480, 65_000, 64_000],
  ['bodies of 10 MB that never arrive completely', 480, 10_000_000, 600_000],
  ['bodies of 2 MB', 200, 2_000_000, 2_000_000],
])('a relay stays below 350 MB for %s to one known webhook URL, and to 20', async (_, clients, length, sent) => {
  for (const channels of [[CHANNEL], CHANNELS]) {
    expect(await peakAfter(channels, clients, length, sent)).toBeLessThan(350);
  }
});
