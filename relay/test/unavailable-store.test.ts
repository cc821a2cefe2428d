/** A process whose store cannot be used at the start, or later. */

import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { readConfig } from '../config.ts';
import { freePort } from '../harness/free-port.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, ORIGIN, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { startRelay } from '../relay.ts';
import { openStore, openWhenAvailable } from '../store/open.ts';
import { openSqliteStore } from '../store/sqlite/open-file.ts';
import { StoreUnavailable, type Store } from '../store/store.ts';
import { FakeClock } from './support/fake-clock.ts';
import { TEST_OPTIONS } from './support/store-context.ts';

const failureWith = (code: string): Error => Object.assign(new Error('x'), { code });

describe('a store that is unavailable when the relay starts', () => {
  const NEVER = new AbortController().signal;
  const down = () => Promise.reject<Store>(new StoreUnavailable('The disk is full.', true));
  const messages: string[] = [];
  const log = { warn: (_fields: object, message: string) => messages.push(message) };

  it('is opened every two seconds, with one line per minute in the log', async () => {
    const clock = new FakeClock();
    const available = {} as Store;
    let attempts = 0;
    const opened = openWhenAvailable(() => (++attempts < 47 ? down() : Promise.resolve(available)), log, NEVER, clock);
    await clock.advance(92_000);
    expect([await opened, attempts]).toEqual([available, 47]);
    const line = 'The disk is full. The relay is waiting for its store and retries every 2 s.';
    expect(messages).toEqual([line, line]);
  });

  it('is not replaced by a SQLite file if it is a PostgreSQL database', async () => {
    const databaseUrl = `postgres://relay@127.0.0.1:${await freePort()}/relay`;
    const location = { databaseUrl, sqlitePath: '/dev/null/relay.sqlite' };
    await expect(openStore(location, TEST_OPTIONS)).rejects.toThrow('ECONNREFUSED');
  });

  it('is closed if it does not tell the time, like everything that the relay has opened', async () => {
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
