/** Relays as systems of the bench, one for each store. */

import { freePort } from '../harness/free-port.ts';
import type { Cluster } from '../harness/postgres-cluster.ts';
import { peakMb } from '../harness/process-memory.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { storeOptions } from '../retention.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { killOnExit } from './child-process.ts';
import { createPostgresDatabase, createSqliteDatabase, type BenchDatabase } from './databases.ts';
import { fillStore, MAX_CHANNELS } from './fill-store.ts';
import { cpuSeconds, familyCpuSeconds } from './process-usage.ts';
import { hookUrlAt, type Instance, type Setup, type System } from './systems.ts';

/** Deliveries per second. The value is higher than any relay reaches, so that pacing has no effect. */
const UNLIMITED_PACE = '100000';
/** Deliveries per channel. The value is high, so that no delivery is removed to make room for another. */
const MANY_DELIVERIES = 10_000_000;
/** Events per minute. */
const UNLIMITED_RATE = '100000000';

/** Returns the number of stored events, from a relay's metrics. */
async function storedEvents(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^relay_ingested_total\{result="stored"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

/** Opens the store that relays of the bench will use. */
export const openBenchStore = (database: BenchDatabase): Promise<Store> =>
  openStore(database, storeOptions({ maxChannelMb: 1024, maxChannelDeliveries: MANY_DELIVERIES, memoryDays: 90 }));

/** Starts a relay process, which is killed when the bench exits. */
export async function startProcess(port: number, database: BenchDatabase, targetOrigin: string): Promise<RelayProcess> {
  const environment = {
    ...database.environment,
    RELAY_TARGET_ORIGINS: targetOrigin,
    RELAY_PACE_PER_SUBSCRIPTION: UNLIMITED_PACE,
    RELAY_PACE_PER_CHANNEL: UNLIMITED_PACE,
    RELAY_MAX_EVENTS_PER_MINUTE: UNLIMITED_RATE,
    RELAY_MAX_CHANNELS: String(MAX_CHANNELS),
    RELAY_MAX_CHANNEL_DELIVERIES: String(MANY_DELIVERIES),
  };
  const started = await startRelayProcess({ port, environment });
  killOnExit(started.child);
  return started;
}

async function startRelay(
  database: BenchDatabase,
  databaseCpuSeconds: () => number,
  targetOrigin: string,
  setup: Setup,
): Promise<Instance> {
  const store = await openBenchStore(database);
  await fillStore(store, targetOrigin, setup);
  await store.close();
  await database.flush();
  const start = (port: number) => startProcess(port, database, targetOrigin);
  const port = await freePort();
  const otherPorts = await Promise.all(Array.from({ length: (setup.processes ?? 1) - 1 }, freePort));
  const [first, ...others] = await Promise.all([start(port), ...otherPorts.map(start)]);
  let relay = first;
  const pids = () => [relay, ...others].map(({ child }) => child.pid ?? 0);
  return {
    hookUrl: hookUrlAt(relay.url),
    startMs: relay.startMs,
    peakMb: () => Math.max(...pids().map(peakMb)),
    cpuSeconds: () => pids().reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    databaseCpuSeconds,
    stored: () => storedEvents(relay.url),
    restart: async () => {
      const killedAt = performance.now();
      await relay.kill('SIGKILL');
      relay = await start(port);
      return performance.now() - killedAt;
    },
    stop: async () => {
      await Promise.all([relay, ...others].map(({ kill }) => kill('SIGKILL')));
      await database.remove();
    },
  };
}

export const sqliteSystem = (folder: string, targetOrigin: string): System => ({
  name: 'sqlite',
  start: (setup) => startRelay(createSqliteDatabase(folder), () => 0, targetOrigin, setup),
});

export const postgresSystem = (cluster: Cluster, targetOrigin: string): System => ({
  name: 'postgres',
  start: async (setup) =>
    startRelay(await createPostgresDatabase(cluster), () => familyCpuSeconds(cluster.pid()), targetOrigin, setup),
});
