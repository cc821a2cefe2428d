/**
 * A simulation of a large host: a school day at thousands of branches, with the real relay on PostgreSQL. Two of the
 * four Zaps of a branch receive every event, and one in a hundred Zaps rejects every event.
 */

import pg from 'pg';

import { freePort } from '../harness/free-port.ts';
import type { Cluster } from '../harness/postgres-cluster.ts';
import { peakMb } from '../harness/process-memory.ts';
import type { RelayProcess } from '../harness/relay-process.ts';
import type { Store } from '../store/store.ts';
import { startBenchProcess } from './child-process.ts';
import { createPostgresDatabase } from './databases.ts';
import { WANTED_ACTION } from './event.ts';
import { register, subscribe } from './fill-store.ts';
import {
  ARRIVAL_MS,
  askTarget,
  awaitArrivals,
  missingErrors,
  watchCpu,
  type BenchContext,
  type Figures,
} from './measures.ts';
import { cpuSeconds, familyCpuSeconds } from './process-usage.ts';
import { openBenchStore, startProcess } from './relay-system.ts';
import type { SchoolDay, SchoolDayResult } from './school-day-process.ts';
import { activeUrl, channelAt } from './systems.ts';

const CHANNELS = 5_000;
const ZAPS_PER_CHANNEL = 4;
/** Number of Zaps of a channel that receive every event. */
const HEALTHY_ZAPS = 2;
/** One Zap of every 25th channel fails, which is one in a hundred Zaps. */
const FAILING_EVERY = 25;
/** Number of processes. Each process serves up to 1,000 channels. */
const PROCESSES = 5;
/** Events per second in each hour of the day, from midnight. Most lessons are after school. */
const PER_SECOND = [1, 1, 1, 1, 1, 2, 5, 10, 15, 15, 15, 15, 20, 20, 20, 30, 45, 50, 50, 40, 25, 10, 5, 2];
const SECONDS_PER_HOUR = 4;
/** Number of students in all branches. Their lessons change repeatedly. */
const LESSONS = 100_000;
/** Number of concurrent registrations. */
const CONCURRENCY = 8;
const SAMPLE_MS = 500;

/** The load on PostgreSQL at its peak. */
interface DatabaseLoad {
  connections: number;
  leases: number;
  readonly transactions: number;
}

/** The results of a simulation. */
export interface HostFigures extends Figures {
  readonly database: DatabaseLoad;
}

async function addChannel(store: Store, targetOrigin: string, index: number): Promise<void> {
  const channel = channelAt(index);
  await register(store, channel);
  for (let zap = 0; zap < ZAPS_PER_CHANNEL; zap++) {
    const isFailing = zap === HEALTHY_ZAPS && index % FAILING_EVERY === 0;
    const targetUrl = `${activeUrl(targetOrigin, index, zap)}${isFailing ? '?status=500' : ''}`;
    await subscribe(store, channel, targetUrl, zap < HEALTHY_ZAPS || isFailing ? WANTED_ACTION : 'NEVER');
  }
}

async function fill(store: Store, targetOrigin: string): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < CHANNELS) await addChannel(store, targetOrigin, next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

/** Monitors the load of a database until `stop` is called. */
async function watchDatabase(
  url: string,
): Promise<{ readonly load: () => Promise<DatabaseLoad>; readonly stop: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const read = async () => {
    const { rows } = await client.query<{ connections: number; leases: number; transactions: number }>(
      `SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())::int
           AS connections,
         (SELECT count(*) FROM channels WHERE lease_id IS NOT NULL)::int AS leases,
         (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::int AS transactions`,
    );
    return rows[0] ?? { connections: 0, leases: 0, transactions: 0 };
  };
  const before = await read();
  const peak = { ...before };
  let pending = Promise.resolve();
  const timer = setInterval(() => {
    const sample = pending.then(async () => {
      const { connections, leases } = await read();
      peak.connections = Math.max(peak.connections, connections);
      peak.leases = Math.max(peak.leases, leases);
    });
    pending = sample.catch(() => undefined);
  }, SAMPLE_MS);
  return {
    load: async () => ({ ...peak, transactions: (await read()).transactions - before.transactions }),
    stop: async () => {
      clearInterval(timer);
      await pending;
      await client.end();
    },
  };
}

/** Simulates a school day in 96 seconds. */
export async function simulateLargeHost(
  bench: BenchContext,
  cluster: Cluster,
  targetOrigin: string,
): Promise<HostFigures> {
  await askTarget(bench, 'reset');
  const database = await createPostgresDatabase(cluster);
  const relays: RelayProcess[] = [];
  let watch: Awaited<ReturnType<typeof watchDatabase>> | null = null;
  try {
    const store = await openBenchStore(database);
    await fill(store, targetOrigin);
    await store.close();
    await database.flush();
    while (relays.length < PROCESSES) relays.push(await startProcess(await freePort(), database, targetOrigin));
    const pids = relays.map(({ child }) => child.pid ?? 0);
    watch = await watchDatabase(database.databaseUrl);
    const stopCpu = watchCpu(bench, {
      cpuSeconds: () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
      databaseCpuSeconds: () => familyCpuSeconds(cluster.pid()),
    });
    const day: SchoolDay = {
      origins: relays.map(({ url }) => url),
      channels: CHANNELS,
      perSecond: PER_SECOND,
      secondsPerHour: SECONDS_PER_HOUR,
      subjects: LESSONS,
    };
    const result = await startBenchProcess('school-day', day).nextMessage<SchoolDayResult>();
    const expected = result.acked * HEALTHY_ZAPS;
    const { events, endToEnd } = await awaitArrivals(bench, expected, ARRIVAL_MS);
    const { cpu, seconds } = stopCpu(result.cpuSeconds);
    return {
      perSecond: result.acked / (PER_SECOND.length * SECONDS_PER_HOUR),
      ack: result.ack,
      endToEnd,
      arrived: events,
      expected,
      peakMb: Math.max(...pids.map(peakMb)),
      cpu,
      cpuPerThousand: (seconds * 1000) / result.acked,
      database: await watch.load(),
      errors: [
        ...(result.failed > 0 ? [`${result.failed} requests did not receive a 202 response`] : []),
        ...missingErrors(expected - events, expected),
      ],
    };
  } finally {
    await watch?.stop();
    await Promise.all(relays.map(({ kill }) => kill('SIGKILL')));
    await database.remove();
  }
}
