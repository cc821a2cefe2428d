/** The assembly of a relay: its list of channels, and a store that fails at the start or later. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';
import { pino } from 'pino';

import { readConfig } from '../config.ts';
import { freePort } from '../harness/free-port.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, ORIGIN, OTHER_TOKEN, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { startRelay } from '../relay.ts';
import { openSqliteStore } from '../store/sqlite/open-file.ts';
import { StoreUnavailable, type Store } from '../store/store.ts';
import { TEST_OPTIONS } from './support/store-context.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const folder = temporaryFolder();
const failureWith = (code: string): Error => Object.assign(new Error('x'), { code });

it('a store that cannot return its time when the relay starts is closed, like everything that the relay has opened', async () => {
  const config = readConfig({
    RELAY_ORIGIN: ORIGIN,
    RELAY_PORT: String(await freePort()),
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    RELAY_ADMIN_SOCKET: 'off',
  });
  const start = (opened: Store) => startRelay(config, pino({ level: 'silent' }), { store: opened });
  const refused = Object.assign(new Error('refused by 10.0.0.1'), { code: 'ECONNREFUSED' });
  const failing = openSqliteStore(':memory:', TEST_OPTIONS);
  const error = await start({ ...failing, now: () => Promise.reject(refused) }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error).toMatchObject({ isTemporary: true });
  expect(String(error)).toMatch(/^(?!.*10\.0\.0\.1).*\(ECONNREFUSED\)/);
  expect(failing.database.open).toBe(false);
  const relay = await start(openSqliteStore(':memory:', TEST_OPTIONS));
  expect((await fetch(`http://127.0.0.1:${relay.port}/readyz`)).status).toBe(200);
  await relay.stop();
});

it('a store that belongs to a different origin is closed, and no relay listens', async () => {
  const RELAY_PORT = String(await freePort());
  const config = readConfig({ RELAY_ORIGIN: ORIGIN, RELAY_PORT, RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET });
  const store = openSqliteStore(':memory:', TEST_OPTIONS);
  await store.rememberOrigin('https://other.example.com');
  const started = startRelay(config, pino({ level: 'silent' }), { store });
  await expect(started).rejects.toThrow(/^The store belongs to the relay at https:\/\/other\.example\.com, but /);
  expect(store.database.open).toBe(false);
  await expect(fetch(`http://127.0.0.1:${RELAY_PORT}/healthz`)).rejects.toThrow();
});

it('a process that cannot save results is not ready until they are saved', async () => {
  const target = await startTargetServer();
  const config = readConfig({
    RELAY_ORIGIN: ORIGIN,
    RELAY_PORT: String(await freePort()),
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    RELAY_TARGET_ORIGINS: target.origin,
    RELAY_ADMIN_SOCKET: 'off',
  });
  const opened = openSqliteStore(':memory:', TEST_OPTIONS);
  let isLocked = true;
  const saveResults: Store['saveResults'] = (...args) =>
    isLocked ? Promise.reject(failureWith('55P03')) : opened.saveResults(...args);
  const relay = await startRelay(config, pino({ level: 'silent' }), { store: { ...opened, saveResults } });
  const url = `http://127.0.0.1:${relay.port}`;
  const status = async () => (await fetch(`${url}/readyz`)).status;
  await callApi(url, 'PUT', '/channel');
  await callApi(url, 'POST', '/channel/subscriptions', { target_url: `${target.origin}/x`, actions: ['A'] });
  expect(await status()).toBe(200);
  await postWebhook(url, bodyOf('A'));
  await until(async () => (await status()) === 503);
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
    detail: expect.stringContaining('cannot save that they were delivered'),
  });
  isLocked = false;
  await until(async () => (await status()) === 200);
  await relay.stop();
  target.close();
});

it('a relay with RELAY_CHANNELS_FILE registers only the channels in the file, and starts without warnings', async () => {
  const file = join(folder, 'channels');
  writeFileSync(file, `${CHANNEL}\n`);
  const config = readConfig({
    RELAY_ORIGIN: ORIGIN,
    RELAY_PORT: '0',
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_CHANNELS_FILE: file,
  });
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  const relay = await startRelay(config, logger, { page: [] });
  const url = `http://127.0.0.1:${relay.port}`;
  expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
  expect((await callApi(url, 'PUT', '/channel', undefined, OTHER_TOKEN)).status).toBe(403);
  await relay.stop();
  expect(lines).toEqual([]);
});
