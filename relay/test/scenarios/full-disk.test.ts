/** Relays whose disk is full or becomes full, and relays whose database file is deleted. */

import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { randomText } from '../../harness/random-text.ts';
import { callApi, postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { spawnedRelays } from '../support/spawned-relays.ts';

/**
 * Returns the start of a command with a limit on file sizes. The limit simulates a full disk, because writes fail in
 * the same way.
 */
const fileLimit = (kilobytes: number) => ['bash', '-c', `ulimit -f ${kilobytes}; exec "$@"`, 'relay'];

const { spawnRelay, startListening, newStore } = spawnedRelays();

it('a relay waits while the disk is full', async () => {
  const { output, prints } = spawnRelay(newStore(), [], fileLimit(1));
  await prints('The relay is waiting for its store');
  expect(output()).toMatch(/Can't use [^\n]* The relay is waiting for its store/);
});

it('a relay waits while the disk is full after a crash that has left claims behind', async () => {
  const store = newStore();
  const { child, url } = await startListening(store);
  await callApi(url, 'PUT', '/channel');
  child.kill('SIGKILL');
  await once(child, 'exit');
  // The limit is the current size of the write-ahead log, so the relay can read the log, but not extend it.
  const { size } = statSync(`${store.RELAY_SQLITE_PATH}-wal`);
  const { output, prints } = spawnRelay(store, [], fileLimit(Math.ceil(size / 1024)));
  await prints('The relay is waiting for its store');
  expect(output()).toMatch(/Can't use [^\n]* The relay is waiting for its store/);
});

it('a relay refuses webhooks, is not ready, and reports this in its metrics when the disk becomes full', async () => {
  // The limit leaves room for the tables and some deliveries.
  const { url, prints } = await startListening(newStore(), [], fileLimit(2_000));
  const readiness = async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return [(await fetch(`${url}/readyz`)).status, /^relay_ready (\d)$/m.exec(metrics)?.[1]];
  };
  expect(await readiness()).toEqual([200, '1']);
  expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
  let status = 202;
  for (let webhook = 0; status === 202 && webhook < 200; webhook++) {
    status = (await postWebhook(url, bodyOf('A', randomText(50_000)))).status;
  }
  expect(status).toBe(503);
  await prints('Storing a delivery failed.');
  expect(await readiness()).toEqual([503, '0']);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('a relay acknowledges no event once its database file is deleted', async () => {
  const store = newStore();
  const { url } = await startListening(store);
  await callApi(url, 'PUT', '/channel');
  expect((await postWebhook(url, bodyOf('A'))).status).toBe(202);
  rmSync(store.RELAY_SQLITE_PATH);
  expect((await postWebhook(url, bodyOf('A'))).status).toBe(503);
  await until(async () => (await fetch(`${url}/readyz`)).status === 503);
});
