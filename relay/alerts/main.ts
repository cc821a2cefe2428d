/**
 * `npm run alerts [-- --store sqlite|postgres]` tests that the alerts in `deploy/alerts.yml` detect their causes. It
 * starts relays and Prometheus with the intervals of the rules divided by 15, causes one state after another, and waits
 * for the alert of each. Exits with code 1 if an alert does not fire.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { freePort } from '../harness/free-port.ts';
import { startCluster } from '../harness/postgres-cluster.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { shortNameOf } from '../short-name.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { shortRules } from './short-rules.ts';
import { fillDisk, preventLease, sendTo, sendToUnknownChannel } from './states.ts';

/** File size limit in kilobytes, with room for the tables and some events. */
const FILE_LIMIT_KB = 3_000;
/** Time within which an alert must fire: 5 minutes divided by 15, plus the full timeout of the first attempt. */
const MAX_SECONDS = 5 * 4 + 10;

const failures: string[] = [];

async function expectAlert(
  store: string,
  prometheus: Prometheus,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const found = await prometheus.waitFor(name, labels, MAX_SECONDS);
  const title = `${store}: ${name} ${JSON.stringify(labels)}`;
  if (found) {
    console.log(`ok   ${title} fired after ${found.seconds.toFixed(1)} s: ${found.alert.annotations.summary ?? ''}`);
  } else {
    failures.push(title);
    console.log(`FAIL ${title} did not fire within ${MAX_SECONDS} s`);
  }
}

/** Checks that a healthy relay causes no alert within the time that an alert may take to fire. */
async function expectNoAlert(store: string, prometheus: Prometheus): Promise<void> {
  await sleep((MAX_SECONDS * 1000) / 2);
  const names = (await prometheus.firing()).map(({ labels }) => labels.alertname);
  if (names.length > 0) failures.push(`${store}: ${names.join(', ')} fired without a cause`);
  console.log(names.length === 0 ? `ok   ${store}: no alert without a cause` : `FAIL ${store}: ${names.join(', ')}`);
}

/** Causes the states that can occur with both stores. */
async function runStates(
  store: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  databaseUrl: string | null,
): Promise<void> {
  const healthy = await startTargetServer();
  const hanging = await startTargetServer(() => undefined);
  const failing = await startTargetServer((response) => response.writeHead(500).end());
  const ports = await Promise.all(databaseUrl === null ? [freePort()] : [freePort(), freePort()]);
  const relays: RelayProcess[] = [];
  for (const port of ports) {
    relays.push(
      await startRelayProcess({
        port,
        environment: {
          RELAY_TARGET_ORIGINS: [healthy, hanging, failing].map(({ origin }) => origin).join(','),
          LOG_LEVEL: 'silent',
          ...environment,
        },
      }),
    );
  }
  const [first] = relays;
  if (!first) throw new Error('No relay was started.');
  const prometheus = await startPrometheus(join(folder, `prometheus-${store}`), shortRules(), ports);
  try {
    await sendTo(first.url, `${healthy.origin}/x`);
    await expectNoAlert(store, prometheus);

    const hangingChannel = await sendTo(first.url, `${hanging.origin}/x`);
    await expectAlert(store, prometheus, 'RelayZapHanging', { channel: shortNameOf(hangingChannel) });
    const failingChannel = await sendTo(first.url, `${failing.origin}/x`);
    const cause = { channel: shortNameOf(failingChannel), cause: 'error_response' };
    await expectAlert(store, prometheus, 'RelayZapFailing', cause);
    if (databaseUrl !== null) {
      const allowLease = await preventLease(databaseUrl, failingChannel);
      await expectAlert(store, prometheus, 'RelayLeasesLate');
      await allowLease();
    }
    const unknownChannel = await sendToUnknownChannel(first.url);
    await expectAlert(store, prometheus, 'RelayUnknownChannel', { channel: shortNameOf(unknownChannel) });
    await expectAlert(store, prometheus, 'RelayMostWebhooksDropped');
    await first.kill('SIGKILL');
    await expectAlert(store, prometheus, 'RelayDown');
  } finally {
    await prometheus.stop();
    await Promise.all(relays.map(({ kill }) => kill('SIGKILL')));
    for (const target of [healthy, hanging, failing]) target.close();
  }
}

/** Fills the disk of a relay. A limit on the file size simulates a full disk. */
async function runFullDisk(folder: string): Promise<void> {
  const port = await freePort();
  const environment = { RELAY_SQLITE_PATH: join(folder, 'full.sqlite') };
  const relay = await startRelayProcess({ port, environment, fileLimitKb: FILE_LIMIT_KB });
  const prometheus = await startPrometheus(join(folder, 'prometheus-full'), shortRules(), [port]);
  try {
    await fillDisk(relay.url);
    await expectAlert('SQLite, full disk', prometheus, 'RelayNotReady');
    await expectAlert('SQLite, full disk', prometheus, 'RelayWebhooksRefused', { result: 'failed' });
  } finally {
    await prometheus.stop();
    await relay.kill('SIGKILL');
  }
}

const { values } = parseArgs({ options: { store: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'relay-alerts-'));
try {
  if (values.store !== 'postgres') {
    await runStates('SQLite', folder, { RELAY_SQLITE_PATH: join(folder, 'relay.sqlite') }, null);
    await runFullDisk(folder);
  }
  if (values.store !== 'sqlite') {
    const cluster = await startCluster();
    try {
      const url = await cluster.createDatabase('alerts');
      await runStates('PostgreSQL', folder, { RELAY_DATABASE_URL: url }, url);
    } finally {
      await cluster.remove();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures.length === 0 ? '\nEvery state was detected.' : `\nFailed: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);
