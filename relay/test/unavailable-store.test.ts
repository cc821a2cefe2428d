/** A process whose store cannot be used: when it starts, and later. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { readConfig } from '../config.ts';
import { freePort } from '../harness/free-port.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, ORIGIN, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { createReadiness, type Readiness } from '../monitoring/readiness.ts';
import { startRelay } from '../relay.ts';
import type { Ingested } from '../store/deliveries/new-delivery.ts';
import { openStore, openWhenAvailable } from '../store/open.ts';
import { openSqliteStore } from '../store/sqlite/open-file.ts';
import { StoreUnavailable, type Store } from '../store/store.ts';
import { FakeClock } from './support/fake-clock.ts';
import { CONTRACT_OPTIONS } from './support/store-context.ts';

type Work = Parameters<Readiness['watch']>[0];

const never = (): Promise<never> => Promise.reject(new Error('This call is not watched.'));
const unused: Work = {
  ingest: never,
  heartbeat: never,
  dueInMs: never,
  claim: never,
  arrivals: never,
  deliveries: never,
  saveResults: never,
};
const failureWith = (code: string): Error => Object.assign(new Error('x'), { code });

let now: number;
let pings: number;
let failure: Error | null;
let readiness: Readiness;

beforeEach(() => {
  now = 1_000_000;
  pings = 0;
  failure = null;
  const ping = (): Promise<void> => {
    pings++;
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  readiness = createReadiness({ ping }, { now: () => now });
});

/** The calls of a store on which the work of a relay depends, with sample arguments. */
const WORK = {
  ingest: (watched: Work) => watched.ingest([]),
  heartbeat: (watched: Work) => watched.heartbeat('', null),
  dueInMs: (watched: Work) => watched.dueInMs('', 0),
  claim: (watched: Work) => watched.claim('', 1),
  arrivals: (watched: Work) => watched.arrivals(1, 0, 1),
  deliveries: (watched: Work) => watched.deliveries(1, []),
  saveResults: (watched: Work) => watched.saveResults('', []),
};

/** Makes a call with a result, or with a failure. */
async function call<Name extends keyof Work>(name: Name, result: Awaited<ReturnType<Work[Name]>> | Error) {
  const watched = readiness.watch({
    ...unused,
    [name]: () => (result instanceof Error ? Promise.reject(result) : Promise.resolve(result)),
  });
  await WORK[name](watched).catch(() => undefined);
}
const store = (result: Ingested | Error) => call('ingest', result instanceof Error ? result : [result]);

describe('Readiness', () => {
  it('asks the store at most once per second', async () => {
    await Promise.all([readiness.problem(), readiness.problem()]);
    now += 999;
    await readiness.problem();
    expect(pings).toBe(1);
    now += 1;
    await readiness.problem();
    expect(pings).toBe(2);
  });

  it.each([
    ['SQLITE_FULL', 'full'],
    ['ENOSPC', 'full'],
    ['53100', 'full'],
    ['SQLITE_IOERR', 'down'],
    ['ECONNREFUSED', 'down'],
  ])('reports a store that fails with %s as %s', async (code, problem) => {
    failure = failureWith(code);
    expect(await readiness.problem()).toBe(problem);
    failure = null;
    now += 1000;
    expect(await readiness.problem()).toBeNull();
  });

  it('stays unready until a delivery is stored, or for two minutes after one could not be stored', async () => {
    await store(failureWith('SQLITE_FULL'));
    await store('full');
    expect(await readiness.problem()).toBe('full');
    await store('stored');
    expect(await readiness.problem()).toBeNull();
    await store(failureWith('SQLITE_FULL'));
    now += 119_999;
    expect(await readiness.problem()).toBe('full');
    now += 1;
    expect(await readiness.problem()).toBeNull();
  });

  it('stays ready while the row of one channel is locked', async () => {
    await store(failureWith('55P03'));
    expect(await readiness.problem()).toBeNull();
  });

  it.each<[keyof Work, Awaited<ReturnType<Work[keyof Work]>>]>([
    ['heartbeat', 1],
    ['dueInMs', 1],
    ['claim', []],
    ['arrivals', []],
    ['deliveries', []],
    ['saveResults', []],
  ])('reports that deliveries fail, from a failed %s to the next that succeeds', async (name, result) => {
    // Another session has locked a table, or the row of a channel: no result of any channel is saved then.
    await call(name, failureWith('55P03'));
    await store('stored');
    expect(await readiness.problem()).toBe('undelivered');
    await call(name, failureWith('SQLITE_FULL'));
    expect(await readiness.problem()).toBe('full');
    await call(name, result);
    expect(await readiness.problem()).toBeNull();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a call has failed', () => call('dueInMs', failureWith('ECONNRESET'))],
    ['the row of one channel was locked', () => store(failureWith('55P03'))],
    ['the database has stepped back', () => call('heartbeat', 'stepped back')],
    [
      'the check has failed',
      () => {
        failure = failureWith('ECONNREFUSED');
        return readiness.problem();
      },
    ],
  ])('tells the time since %s', async (_what, fail) => {
    expect(readiness.sinceFailureMs()).toBe(Infinity);
    await fail();
    now += 7;
    await store('stored');
    expect(readiness.sinceFailureMs()).toBe(7);
  });

  it('reports a store that does not respond', async () => {
    const hanging = createReadiness({ ping: () => new Promise(() => undefined) });
    expect(await hanging.problem()).toBe('down');
  });
});

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
    await expect(openStore(location, CONTRACT_OPTIONS)).rejects.toThrow('ECONNREFUSED');
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
    const failing = openSqliteStore(':memory:', CONTRACT_OPTIONS);
    const error = await start({ ...failing, now: () => Promise.reject(refused) }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ isTemporary: true });
    expect(String(error)).toMatch(/^(?!.*10\.0\.0\.1).*\(ECONNREFUSED\)/);
    expect(failing.database.open).toBe(false);
    const relay = await start(openSqliteStore(':memory:', CONTRACT_OPTIONS));
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
  const opened = openSqliteStore(':memory:', CONTRACT_OPTIONS);
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
