/** What is measured: a relay on each store, and pg-boss. Each begins a measure with a database of its own. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { request } from 'undici';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { openStore } from '../store/open.ts';
import { retentionLimits } from '../retention.ts';
import { HOUR_MS, type Store } from '../store/store.ts';
import { EVENT_BYTES, eventBody, SIGNATURE, WANTED } from './event.ts';
import type { BossJob, BossPlan, BossQueue } from './pgboss.ts';
import { cpuSeconds, familyCpuSeconds, killWithUs, peakMb, startPart } from './processes.ts';
import type { Cluster } from '../harness/postgres-cluster.ts';
import { freePort } from '../harness/free-port.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';

const KEY = 'a-private-key-for-the-bench-0123456789abcdef';
const UNPACED = '100000';
const MANY_CHANNELS = 100_000;
/** What one channel may have. */
const MAX_SUBSCRIPTIONS = 200;
const GROUP = 200;
const SMALL_BYTES = 200;
const RETENTION = retentionLimits(72);

/** What a system holds when a measure begins. */
export interface Setup {
  /** Channels with subscriptions that want all events. */
  readonly channels: number;
  /** How many each of them has. */
  readonly active: number;
  /** Subscriptions that want none, in all: as many as fit on the first channel, the others on channels of their own. */
  readonly idle?: number;
  /** Events that wait in each channel. */
  readonly waiting?: number;
  /** Events of the first channel that everybody has got. */
  readonly delivered?: number;
}

/** A system that runs. */
export interface Instance {
  /** Where events of the first channel go. */
  readonly hookUrl: string;
  /** From its start until it served. */
  readonly startMs: number;
  readonly peakMb: () => number;
  readonly cpuSeconds: () => number;
  readonly databaseCpuSeconds: () => number;
  /** How many events it says it has stored; null where it doesn't say. */
  readonly stored: () => Promise<number | null>;
  /** Kills it without warning, and starts it again. From the one to the other, in milliseconds. */
  readonly restart: () => Promise<number>;
  readonly end: () => Promise<void>;
}

/** Something to measure. */
export interface System {
  readonly name: string;
  readonly begin: (setup: Setup) => Promise<Instance>;
}

/** The channel with this index; the first is the one that gets the load. */
function channelAt(index: number): string {
  return deriveChannel(deriveToken(`${KEY}-${index}`, 'https://relay.example.com'));
}

const activeUrl = (targetOrigin: string, channel: number, index: number) =>
  `${targetOrigin}/active/${channel}/${index}`;

async function ingestMany(store: Store, channel: string, count: number, bytes: number): Promise<void> {
  for (let from = 0; from < count; from += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, count - from) }, (_, index) => ({
      channel,
      body: Buffer.from(eventBody(from + index, 0, bytes)),
      signature: SIGNATURE,
      contentType: 'application/json',
      actions: [WANTED],
      receivedAt: Date.now(),
    }));
    await store.ingest(group);
  }
}

async function addIdle(store: Store, targetOrigin: string, count: number, onFirst: number): Promise<void> {
  const register = (channel: string) =>
    store.registerChannel(channel, { maxChannels: MANY_CHANNELS, idleMs: 24 * HOUR_MS }, Date.now());
  for (let index = 0; index < count; index++) {
    // Channels after the first million are those that nothing comes for.
    const beyond = Math.floor((index - onFirst) / MAX_SUBSCRIPTIONS);
    const channel = channelAt(index < onFirst ? 0 : 1_000_000 + beyond);
    if (index >= onFirst && (index - onFirst) % MAX_SUBSCRIPTIONS === 0) await register(channel);
    const subscription = { targetUrl: `${targetOrigin}/idle/${index}`, filter: { actions: ['NEVER'] } };
    await store.subscribe(channel, subscription, MAX_SUBSCRIPTIONS, Date.now());
  }
}

/** Fills a store. */
async function fill(store: Store, targetOrigin: string, setup: Setup): Promise<void> {
  const { channels, active, idle = 0, waiting = 0, delivered = 0 } = setup;
  for (let index = 0; index < channels; index++) {
    const channel = channelAt(index);
    await store.registerChannel(channel, { maxChannels: MANY_CHANNELS, idleMs: 24 * HOUR_MS }, Date.now());
    // Who subscribes later has them behind it.
    if (index === 0) await ingestMany(store, channel, delivered, SMALL_BYTES);
    for (let number = 0; number < active; number++) {
      const subscription = { targetUrl: activeUrl(targetOrigin, index, number), filter: { actions: [WANTED] } };
      await store.subscribe(channel, subscription, MAX_SUBSCRIPTIONS, Date.now());
    }
    await ingestMany(store, channel, waiting, EVENT_BYTES);
  }
  await addIdle(store, targetOrigin, idle, Math.min(idle, MAX_SUBSCRIPTIONS - active));
  // What retention does every minute; left to the relay's start, it would be measured there all at once.
  await store.retain(RETENTION, Date.now());
}

/** A database for one measure. */
interface Place {
  readonly databaseUrl: string | null;
  readonly sqlitePath: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Makes it as it would be some minutes later: written to disk, and known to the planner. */
  readonly settle: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

let places = 0;

function sqlitePlace(folder: string): Promise<Place> {
  const sqlitePath = join(folder, `bench-${++places}.sqlite`);
  return Promise.resolve({
    databaseUrl: null,
    sqlitePath,
    environment: { RELAY_SQLITE_PATH: sqlitePath },
    settle: () => Promise.resolve(),
    remove: () => {
      for (const ending of ['', '-wal', '-shm']) rmSync(sqlitePath + ending, { force: true });
      return Promise.resolve();
    },
  });
}

/** Runs a statement on a connection of its own; answers with its first row. */
async function execute<T>(url: string, statement: string): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(statement);
    return rows[0] as T | undefined;
  } finally {
    await client.end();
  }
}

async function postgresPlace(cluster: Cluster): Promise<Place> {
  const name = `bench_${++places}`;
  const url = new URL(cluster.url);
  url.pathname = `/${name}`;
  const databaseUrl = url.href;
  await execute(cluster.url, `CREATE DATABASE ${name}`);
  return {
    databaseUrl,
    sqlitePath: '',
    environment: { RELAY_DATABASE_URL: databaseUrl },
    settle: async () => {
      await execute(databaseUrl, 'VACUUM ANALYZE');
      await execute(databaseUrl, 'CHECKPOINT');
    },
    remove: async () => {
      await execute(cluster.url, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** The process that all of a cluster's others are children of. */
export async function postmasterPid(cluster: Cluster): Promise<number> {
  const statement = `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`;
  return (await execute<{ pid: number }>(cluster.url, statement))?.pid ?? NaN;
}

async function storedBy(url: string): Promise<number> {
  const { body } = await request(`${url}/metrics`);
  return Number(/^relay_ingested_total\{result="stored"\} (\d+)$/m.exec(await body.text())?.[1] ?? 0);
}

async function beginRelay(
  place: Place,
  databasePid: number | null,
  targetOrigin: string,
  setup: Setup,
): Promise<Instance> {
  const store = await openStore(place);
  await fill(store, targetOrigin, setup);
  await store.close();
  await place.settle();
  const port = await freePort();
  const environment = {
    ...place.environment,
    RELAY_TARGET_ORIGINS: targetOrigin,
    RELAY_PACE_PER_SUBSCRIPTION: UNPACED,
    RELAY_PACE_PER_CHANNEL: UNPACED,
    RELAY_MAX_CHANNELS: String(MANY_CHANNELS),
  };
  async function start(): Promise<RelayProcess> {
    const started = await startRelayProcess({ port, environment });
    killWithUs(started.child);
    return started;
  }
  let relay = await start();
  const pid = () => relay.child.pid ?? 0;
  return {
    hookUrl: `${relay.url}/hooks/${channelAt(0)}`,
    startMs: relay.startMs,
    peakMb: () => peakMb(pid()),
    cpuSeconds: () => cpuSeconds(pid()),
    databaseCpuSeconds: () => (databasePid === null ? 0 : familyCpuSeconds(databasePid)),
    stored: () => storedBy(relay.url),
    restart: async () => {
      const killedAt = performance.now();
      await relay.kill('SIGKILL');
      relay = await start();
      return performance.now() - killedAt;
    },
    end: async () => {
      await relay.kill('SIGKILL');
      await place.remove();
    },
  };
}

/** A relay with its SQLite file in a folder. */
export const sqliteSystem = (folder: string, targetOrigin: string): System => ({
  name: 'sqlite',
  begin: async (setup) => beginRelay(await sqlitePlace(folder), null, targetOrigin, setup),
});

/** A relay on PostgreSQL. */
export const postgresSystem = (cluster: Cluster, databasePid: number, targetOrigin: string): System => ({
  name: 'postgres',
  begin: async (setup) => beginRelay(await postgresPlace(cluster), databasePid, targetOrigin, setup),
});

/** Makes the queues, and puts in what waits. */
async function fillBoss({ databaseUrl, queues, isNotified }: BossPlan, waiting: number): Promise<void> {
  const boss = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false });
  boss.on('error', (error) => {
    console.error(`pg-boss: ${error.message}`);
  });
  await boss.start();
  for (const { name, channel } of queues) {
    await boss.createQueue(name, { notify: isNotified });
    await boss.subscribe(channel, name);
    for (let from = 0; from < waiting; from += GROUP) {
      const jobs = Array.from({ length: Math.min(GROUP, waiting - from) }, (_, index): { data: BossJob } => ({
        data: { body: eventBody(from + index, 0), signature: SIGNATURE, contentType: 'application/json' },
      }));
      await boss.insert(name, jobs);
    }
  }
  await boss.stop({ graceful: false });
}

/** pg-boss fans out when it stores, so it has five queues even where nobody serves them. */
const BOSS_QUEUES = 5;
/** How many jobs a worker of pg-boss takes at once. */
export const BOSS_BATCH = 100;

/** pg-boss on the same PostgreSQL. It knows no idle subscriptions: a queue gets what is put into it. */
export const bossSystem = (
  cluster: Cluster,
  databasePid: number,
  targetOrigin: string,
  { way, isNotified }: Pick<BossPlan, 'way' | 'isNotified'>,
): System => ({
  name: `pg-boss ${way}${isNotified ? ', NOTIFY' : ''}`,
  begin: async ({ channels, active, waiting = 0 }) => {
    const place = await postgresPlace(cluster);
    const queues = Array.from({ length: channels }, (_, channel) =>
      Array.from({ length: active || BOSS_QUEUES }, (_, index): BossQueue => ({
        name: `subscription-${channel}-${index}`,
        channel: channelAt(channel),
        targetUrl: activeUrl(targetOrigin, channel, index),
      })),
    ).flat();
    const plan: BossPlan = {
      databaseUrl: place.databaseUrl ?? '',
      way,
      isNotified,
      queues,
      isServing: active > 0,
      batchSize: BOSS_BATCH,
    };
    await fillBoss(plan, waiting);
    await place.settle();
    const start = performance.now();
    const part = startPart('pgboss', plan);
    const url = await part.hear<string>();
    return {
      hookUrl: `${url}/hooks/${channelAt(0)}`,
      startMs: performance.now() - start,
      peakMb: () => peakMb(part.pid),
      cpuSeconds: () => cpuSeconds(part.pid),
      databaseCpuSeconds: () => familyCpuSeconds(databasePid),
      stored: () => Promise.resolve(null),
      restart: () => Promise.reject(new Error('A restart of pg-boss is not measured.')),
      end: async () => {
        await part.end();
        await place.remove();
      },
    };
  },
});

/** The relay's route that stores nothing: what the others are measured against. */
export const ceilingSystem: System = {
  name: 'ceiling',
  begin: async () => {
    const start = performance.now();
    const part = startPart('ceiling');
    const url = await part.hear<string>();
    return {
      hookUrl: `${url}/hooks/${channelAt(0)}`,
      startMs: performance.now() - start,
      peakMb: () => peakMb(part.pid),
      cpuSeconds: () => cpuSeconds(part.pid),
      databaseCpuSeconds: () => 0,
      stored: () => Promise.resolve(null),
      restart: () => Promise.reject(new Error('A restart of the ceiling is not measured.')),
      end: part.end,
    };
  },
};
