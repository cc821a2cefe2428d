/** Relays whose machines have wrong clocks. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { freePort } from '../harness/free-port.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { HOUR } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { bodyOf, CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { shiftedClock } from './shifted-clock.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { progressOf } from './store-contract/context.ts';
import { CONTRACT_OPTIONS } from './store-contract.ts';
import { describeWithDatabase } from './test-database.ts';
import { delivery } from './new-delivery.ts';

const MINUTE = 60_000;

let target: TargetServer;
let status: number;
let processes: RelayProcess[];

beforeEach(async () => {
  status = 500;
  processes = [];
  target = await startTargetServer((response) => {
    response.writeHead(status);
    response.end();
  });
});
afterEach(async () => {
  for (const { kill } of processes) await kill('SIGKILL');
  target.close();
});

async function start(environment: Record<string, string>, clockErrorMs: number): Promise<RelayProcess> {
  const relay = await startRelayProcess({
    port: await freePort(),
    environment: {
      RELAY_TARGET_ORIGINS: target.origin,
      NODE_OPTIONS: shiftedClock(clockErrorMs),
      ...environment,
    },
  });
  processes.push(relay);
  return relay;
}

async function call({ url }: RelayProcess, method: string, path: string, body?: object): Promise<unknown> {
  return (await callApi(url, method, path, body)).json();
}

async function post({ url }: RelayProcess): Promise<void> {
  await postWebhook(url, bodyOf('A'));
}

async function subscribe(relay: RelayProcess): Promise<void> {
  await call(relay, 'PUT', '/channel');
  await call(relay, 'POST', '/channel/subscriptions', { target_url: `${target.origin}/x`, actions: ['A'] });
}

describeWithDatabase('processes with wrong clocks on one PostgreSQL database', (database) => {
  it('deliver after the back-off when a process with a clock that was 10 minutes fast has died', async () => {
    const environment = { RELAY_DATABASE_URL: await database.newSchema() };
    const fast = await start(environment, 10 * MINUTE);
    await subscribe(fast);
    await post(fast);
    await until(() => target.received.length === 1);
    // This request makes the relay save the progress of the failed attempt.
    await call(fast, 'GET', '/channel');
    await fast.kill('SIGKILL');
    status = 200;
    const exact = await start(environment, 0);
    await until(() => target.received.length === 2);
    expect(await call(exact, 'GET', '/channel')).toMatchObject({ lag_seconds: 0, subscriptions: [{ pending: 0 }] });
  });

  it('store the right time of an event, and bury no event, when the clock of a process is 26 hours fast', async () => {
    const environment = { RELAY_DATABASE_URL: await database.newSchema() };
    const exact = await start(environment, 0);
    await subscribe(exact);
    await post(exact);
    await until(() => target.received.length === 1);
    await exact.kill('SIGKILL');
    const fast = await start(environment, 26 * HOUR);
    await until(() => target.received.length === 2);
    await post(fast);
    const state = await call(fast, 'GET', '/channel');
    expect(state).toMatchObject({ subscriptions: [{ dead_letters: 0, pending: 2 }] });
    const { last_event_at } = state as { last_event_at: string };
    expect(Math.abs(Date.parse(last_event_at) - Date.now())).toBeLessThan(HOUR);
  });
});

describe('a SQLite file that was written with a wrong clock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-clocks-'));
  let count = 0;
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('does not give up an event after a single failure because the clock is 26 hours fast', async () => {
    const environment = { RELAY_SQLITE_PATH: join(folder, `${++count}.sqlite`) };
    const exact = await start(environment, 0);
    await subscribe(exact);
    await post(exact);
    await until(() => target.received.length === 1);
    await exact.kill('SIGKILL');
    const fast = await start(environment, 26 * HOUR);
    await until(() => target.received.length === 2);
    expect(await call(fast, 'GET', '/channel')).toMatchObject({ subscriptions: [{ dead_letters: 0, pending: 1 }] });
  });

  it.each([10 * MINUTE, 26 * HOUR])(
    'delays a channel by at most an hour after the clock was %d ms fast',
    async (error) => {
      const path = join(folder, `${++count}.sqlite`);
      const clock = new FakeClock(1_000_000_000);
      let shift = error;
      const now = () => clock.now() + shift;
      const store = openSqliteStore(path, CONTRACT_OPTIONS, now);
      await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, now());
      const subscription = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 1, now());
      if (subscription === 'full') throw new Error('The channel is full.');
      await store.ingest([delivery('A', { receivedAt: now() })]);
      await store.heartbeat('one', true);
      const [claim] = await store.claim('one', 1);
      if (!claim) throw new Error('The channel is not due.');
      const held = { channel: claim.key, claim: claim.claim };
      const progress = [progressOf(subscription, { failures: 9, nextAttemptAt: now() + HOUR })];
      await store.saveResults('one', [{ ...held, sends: [], progress }]);
      await store.giveBack('one', [{ ...held }]);

      shift = 0;
      const dueInMs = await store.dueInMs('two', now());
      expect(dueInMs).toBeLessThanOrEqual(HOUR);
      await clock.advance(dueInMs);
      await store.heartbeat('two', true);
      expect(await store.claim('two', 1)).toHaveLength(1);
      await store.close();
    },
  );
});
