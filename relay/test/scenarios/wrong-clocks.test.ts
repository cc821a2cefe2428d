/** Relays that share a database and run on machines with wrong clocks. */

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { HOUR } from '../../harness/durations.ts';
import { startRelayProcess, type RelayProcess } from '../../harness/relay-process.ts';
import { callSuccessfully, postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, ORIGIN } from '../../harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../../harness/target-server.ts';
import { until } from '../../harness/until.ts';
import { describeWithDatabase } from '../support/test-database.ts';

const MINUTE = 60_000;
let target: TargetServer;
let status: number;
let processes: RelayProcess[];
let environment: Readonly<Record<string, string>>;
beforeEach(async () => {
  status = 500;
  processes = [];
  target = await startTargetServer((response) => response.writeHead(status).end());
});
afterEach(async () => {
  for (const { kill } of processes) await kill('SIGKILL');
  target.close();
});

/** Starts a relay whose wall clock is wrong by a number of milliseconds. */
async function start(clockErrorMs: number): Promise<RelayProcess> {
  const script = `const now = Date.now; Date.now = () => now() + ${clockErrorMs};`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(script)}`;
  const options = { RELAY_ORIGIN: ORIGIN, RELAY_TARGET_ORIGINS: target.origin, NODE_OPTIONS, ...environment };
  const relay = await startRelayProcess({ environment: options });
  processes.push(relay);
  return relay;
}
const call = ({ url }: RelayProcess, method: string, path: string, body?: object): Promise<unknown> =>
  callSuccessfully(url, method, path, body);

/** Starts a relay, and sends an event that the target refuses. */
async function startWithEvent(clockErrorMs: number): Promise<RelayProcess> {
  const relay = await start(clockErrorMs);
  await call(relay, 'PUT', '/channel');
  await call(relay, 'POST', '/channel/subscriptions', { target_url: `${target.origin}/x`, actions: ['A'] });
  await postWebhook(relay.url, bodyOf('A'));
  await until(() => target.received.length === 1);
  return relay;
}

describeWithDatabase('processes with wrong clocks', (database) => {
  beforeEach(async () => {
    environment = { RELAY_DATABASE_URL: await database.newSchema() };
  });

  it('deliver after the back-off when a process with a clock that was 10 minutes fast has died', async () => {
    const fast = await startWithEvent(10 * MINUTE);
    // The request makes the relay save the progress of the failed attempt.
    await call(fast, 'GET', '/channel');
    await fast.kill('SIGKILL');
    status = 200;
    const exact = await start(0);
    await until(() => target.received.length === 2);
    expect(await call(exact, 'GET', '/channel')).toMatchObject({ lag_seconds: 0, subscriptions: [{ pending: 0 }] });
  });

  it('store the right time of an event, and bury no event, when the clock of a process is 26 hours fast', async () => {
    const exact = await startWithEvent(0);
    // A relay that stops with SIGTERM gives its channel back, so the next relay need not wait until the claim expires.
    await exact.kill('SIGTERM');
    const fast = await start(26 * HOUR);
    await until(() => target.received.length === 2);
    await postWebhook(fast.url, bodyOf('A'));
    const state = await call(fast, 'GET', '/channel');
    expect(state).toMatchObject({ subscriptions: [{ dead_letters: 0, pending: 2 }] });
    const { last_event_at } = state as { last_event_at: string };
    expect(Math.abs(Date.parse(last_event_at) - Date.now())).toBeLessThan(HOUR);
  });
});
