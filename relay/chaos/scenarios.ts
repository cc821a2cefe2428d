/**
 * The scenarios of a chaos run. Each interrupts relays or their database under load, and checks the deliveries that
 * arrived.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from '../harness/postgres-cluster.ts';
import { check } from './checks.ts';
import { watchCursors } from './cursor-watch.ts';
import { missingAt } from './target-endpoints.ts';
import { TestBed } from './test-bed.ts';

/** Events per second. */
const RATE = 200;
const ROUND_MS = 1_500;
const DATABASE_DOWN_MS = 4_000;
/** Duration that exceeds that of a lease. */
const LEASE_EXPIRY_MS = 9_000;
/** Makes the disk-full scenario reach its limit. */
const LARGE_BODY_BYTES = 20_000;
const FILE_LIMIT_KB = 3_000;
const DISK_FULL_DRAIN_MS = 20_000;

/** Kills relays in turn with SIGKILL and restarts them. */
export async function killRelays(
  store: string,
  count: number,
  environment: Readonly<Record<string, string>>,
  rounds: number,
): Promise<void> {
  const bed = await TestBed.start(count, environment);
  await bed.subscribeAll();
  const restartTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const loading = bed.load.run(ROUND_MS, RATE);
    await sleep(ROUND_MS * (0.3 + 0.6 * Math.random()));
    await bed.relays[round % count]?.kill('SIGKILL');
    restartTimes.push((await bed.startRelay(round % count)).startMs);
    await loading;
    await bed.load.retry();
  }
  const scenario = `${store}, ${rounds} rounds of SIGKILL`;
  await bed.checkDeliveries(scenario, rounds);
  // At least half of the events must be acknowledged, because a relay acknowledges none while it restarts.
  const minimum = (rounds * RATE * ROUND_MS) / 2000;
  check(bed.load.acknowledged.size > minimum, `${scenario}: most events were acknowledged`);
  console.log(`     Longest restart: ${Math.round(Math.max(...restartTimes))} ms`);
  await bed.stop();
}

/** Fills the disk. A limit on the file size simulates a full disk, because writes fail in the same way. */
export async function fillDisk(sqlitePath: string): Promise<void> {
  const bed = await TestBed.start(1, { RELAY_SQLITE_PATH: sqlitePath }, FILE_LIMIT_KB);
  await bed.subscribe(0);
  await bed.load.run(2 * ROUND_MS, RATE, LARGE_BODY_BYTES);
  const { acknowledged, summary, statuses } = bed.load;
  await bed.relays[0]?.kill('SIGKILL');
  await bed.startRelay(0);
  const { healthy } = bed.targets;
  const end = Date.now() + DISK_FULL_DRAIN_MS;
  while (missingAt(healthy, acknowledged) > 0 && Date.now() < end) await sleep(100);
  console.log(`\nFull disk: ${summary}`);
  check((statuses.get(503) ?? 0) > 0, 'Full disk: the relay responded with 503');
  const isComplete = acknowledged.size > 0 && missingAt(healthy, acknowledged) === 0;
  check(isComplete, 'Full disk: every acknowledged event arrived');
  await bed.stop();
}

/** Crashes and restarts the database. */
export async function restartDatabase(cluster: Cluster, databaseUrl: string, rounds: number): Promise<void> {
  const bed = await TestBed.start(2, { RELAY_DATABASE_URL: databaseUrl });
  await bed.subscribeAll();
  for (let round = 0; round < rounds; round++) {
    const loading = bed.load.run(ROUND_MS + DATABASE_DOWN_MS, RATE);
    await sleep(ROUND_MS / 2);
    await cluster.stop('immediate');
    await sleep(DATABASE_DOWN_MS);
    await cluster.start();
    await loading;
    await bed.load.retry();
  }
  const scenario = `PostgreSQL, ${rounds} rounds of stop -m immediate for ${DATABASE_DOWN_MS / 1000} s`;
  await bed.checkDeliveries(scenario, rounds);
  const isExpected = [...bed.load.statuses.keys()].every((status) => status === 202 || status === 503);
  check(isExpected, `${scenario}: every response was 202 or 503`);
  await bed.stop();
}

/** Suspends the process that serves the channel with SIGSTOP until its lease expires, and then lets it continue. */
export async function stopProcess(databaseUrl: string, rounds: number, stopMs: number): Promise<void> {
  const bed = await TestBed.start(2, { RELAY_DATABASE_URL: databaseUrl });
  await bed.subscribeAll();
  const { origins } = bed.load;
  const stopWatching = watchCursors(databaseUrl);
  for (let round = 0; round < rounds; round++) {
    await bed.load.run(ROUND_MS, RATE);
    const holder = await bed.leaseHolder();
    const loading = bed.load.run(ROUND_MS, RATE);
    await sleep(ROUND_MS / 2);
    holder.child.kill('SIGSTOP');
    await loading;
    // By now, a load balancer would have removed the process.
    bed.load.origins = origins.filter((origin) => origin !== holder.url);
    await bed.load.retry();
    await bed.load.run(stopMs - ROUND_MS, RATE / 10);
    holder.child.kill('SIGCONT');
    bed.load.origins = origins;
    await bed.load.run(ROUND_MS, RATE);
  }
  const scenario = `PostgreSQL, ${rounds} rounds of SIGSTOP for ${stopMs / 1000} s`;
  await bed.checkDeliveries(scenario, rounds);
  check((await stopWatching()) === 0, `${scenario}: no cursor moved back`);
  await bed.stop();
}

/** Delays a response, and suspends the process that waits for it until the lease of the process has expired. */
export async function expireLease(databaseUrl: string, rounds: number): Promise<void> {
  const bed = await TestBed.start(2, { RELAY_DATABASE_URL: databaseUrl });
  await bed.subscribe(0);
  const { healthy } = bed.targets;
  const { origins } = bed.load;
  const stopWatching = watchCursors(databaseUrl);
  let takeovers = 0;
  for (let round = 0; round < rounds; round++) {
    await bed.load.run(ROUND_MS, RATE);
    const holder = await bed.leaseHolder();
    bed.load.origins = origins.filter((origin) => origin !== holder.url);
    let respond: () => void = () => undefined;
    const delayed = new Promise<void>((resolve) => (respond = resolve));
    let isFirst = true;
    bed.targets.beforeResponse = async () => {
      if (!isFirst) return;
      isFirst = false;
      holder.child.kill('SIGSTOP');
      await delayed;
    };
    await bed.load.run(ROUND_MS, RATE);
    const before = healthy.deliveries.size;
    await sleep(LEASE_EXPIRY_MS);
    if (healthy.deliveries.size > before) takeovers++;
    respond();
    holder.child.kill('SIGCONT');
    bed.load.origins = origins;
    await sleep(ROUND_MS);
  }
  const scenario = `PostgreSQL, ${rounds} rounds of a lease that expires during a delivery`;
  await bed.load.retry();
  await sleep(2 * ROUND_MS);
  const { acknowledged, summary } = bed.load;
  console.log(`\n${scenario}: ${acknowledged.size} acknowledged. Responses: ${summary}`);
  check(takeovers === rounds, `${scenario}: the other process took over in every round (${takeovers})`);
  check(missingAt(healthy, acknowledged) === 0, `${scenario}: every acknowledged event arrived`);
  check(
    healthy.rejected === 0,
    `${scenario}: every envelope could be opened, and the signature of every body is valid`,
  );
  check((await stopWatching()) === 0, `${scenario}: no cursor moved back`);
  await bed.stop();
}
