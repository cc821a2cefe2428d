/**
 * The row `scale`: 5,000 channels with four Zaps each on one relay, and the database reads of the relay's periodic
 * passes.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { deriveChannel, hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_EVENTS_PATH, CONSOLE_LINK_PATH, CONSOLE_OVERVIEW_PATH } from '../../wire/console-api.ts';
import { LINKS_PATH } from '../../wire/link-api.ts';
import { noticeAction, PROBLEM_KINDS } from '../../wire/notice.ts';
import { systemClock } from '../clock.ts';
import { durationOf } from '../harness/shortest-duration.ts';
import { execute } from '../harness/postgres-cluster.ts';
import { SEAL_KEY } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { tellOfProblems } from '../monitoring/notices.ts';
import { storeOptions } from '../periodic-retention.ts';
import { createDataKeys } from '../sealing/data-keys.ts';
import { insertRows } from '../store/database/database.ts';
import { postgresDatabase } from '../store/postgres/postgres-database.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import { openFile, openSqliteStore } from '../store/sqlite/open-file.ts';
import { sqliteDatabase } from '../store/sqlite/sqlite-database.ts';
import type { WrittenRow } from '../store/database/row-types.ts';
import type { Store } from '../store/store.ts';
import { newUrlPart, webhookUrlOf } from '../webhook-url.ts';
import { post, quantile, sendAtRate } from './load.ts';
import type { Bench } from './rows.ts';
import { createDatabase, startSystem, tokenOf, type System } from './system.ts';

const CHANNELS = 5_000;
/** Every channel whose number is a multiple of this value has a failing Zap. */
const FAILING_SHARE = 50;
const CONSOLES = 10;
/** Interval in milliseconds at which a page of the console requests its data. */
const CONSOLE_MS = 5_000;
/** Time limit for the arrival of the first event of each channel, in milliseconds. */
const WARM_UP_MS = 120_000;
/** Number of connections that send the first event of each channel. */
const WARM_UP_CONNECTIONS = 16;
/** Number of channels that one statement inserts. */
const BATCH = 500;
/**
 * Number of scrapes of the metrics per minute, and number of an idle dispatcher's checks for due channels per minute.
 */
const [SCRAPES, LOOKS] = [4, 12];
const OPTIONS = storeOptions({ maxChannelMb: 100, retentionHours: 72 });
const COUNTER = new URL('count-statements.ts', import.meta.url).href;

interface ScaleChannel {
  readonly channel: string;
  readonly urlPart: string;
}

/** Returns the rows of a channel's Zaps. The first Zap selects the events, and the last Zap receives notices. */
function zapRows(channel: number, targetOrigin: string): WrittenRow<'subscriptions'>[] {
  const kind = channel % FAILING_SHARE === 0 ? 'fail' : 'zap';
  const zaps = [['A'], ['B'], ['C'], PROBLEM_KINDS.map(noticeAction)];
  return zaps.map((actions, index) => ({
    id: randomUUID(),
    channel: channel + 1,
    targetUrl: `${targetOrigin}/${index === 0 ? kind : 'zap'}/${channel}/${index}`,
    filter: JSON.stringify({ actions }),
    createdAt: Date.now(),
    startsAfter: 0,
    noticeKey: index === 3 ? 'notice-key' : null,
  }));
}

async function openDatabase(databaseUrl: string | null, sqlitePath: string) {
  if (databaseUrl === null) return sqliteDatabase(openFile(sqlitePath), Date.now);
  await (await openPostgresStore(databaseUrl, OPTIONS)).close();
  return postgresDatabase(databaseUrl);
}

/** Returns the CPU seconds that processes have used, according to Linux's /proc. */
function cpuSeconds(pids: readonly (number | undefined)[]): number {
  const ticks = pids.map((pid) => {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

interface Usage {
  readonly relaySeconds: number;
  readonly databaseSeconds: number;
  readonly statements: number;
  readonly rowsRead: number;
}

const rowsRead = async (databaseUrl: string): Promise<number> => {
  const statement = 'SELECT tup_returned AS rows FROM pg_stat_database WHERE datname = current_database()';
  return Number((await execute(databaseUrl, statement))[0]?.rows);
};

async function usageOf(system: System, databaseUrl: string | null): Promise<Usage> {
  const files = readdirSync(system.folder).filter((name) => /^statements-\d+$/.test(name));
  const counts = files.map((name) => Number(readFileSync(join(system.folder, name), 'utf8')));
  const own = 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()';
  const backends = databaseUrl === null ? [] : await execute(databaseUrl, own);
  return {
    relaySeconds: cpuSeconds([system.relay()?.child.pid]),
    databaseSeconds: cpuSeconds(backends.map(({ pid }) => Number(pid))),
    statements: counts.reduce((sum, count) => sum + count, 0),
    rowsRead: databaseUrl === null ? 0 : await rowsRead(databaseUrl),
  };
}

/** Opens consoles that request their data until the signal is aborted. */
async function openConsoles(system: System, signal: AbortSignal): Promise<void> {
  const consoles = Array.from({ length: CONSOLES }, async (_, channel) => {
    const token = randomBytes(32).toString('base64url');
    const link = { access_token_hash: hashOfAccessToken(token), keys: [], verdict: null };
    await system.call(channel, 'POST', LINKS_PATH, link);
    while (!signal.aborted) {
      for (const path of [CONSOLE_LINK_PATH, CONSOLE_OVERVIEW_PATH, CONSOLE_EVENTS_PATH])
        await system.call(channel, 'GET', path, undefined, token);
      await sleep(CONSOLE_MS);
    }
  });
  await Promise.all(consoles);
}

/** Sends events to all channels in turn, and reports their arrivals and the usage of the relay. */
async function measureLoad(
  bench: Bench,
  system: System,
  databaseUrl: string | null,
  urls: string[],
  perSecond: number,
) {
  const { targets, report } = bench;
  const seconds = (bench.seconds * 60) / 9;
  targets.reset();
  const before = await usageOf(system, databaseUrl);
  const start = performance.now();
  const { times, refused } = await sendAtRate(urls, perSecond, seconds);
  const elapsed = (performance.now() - start) / 1000;
  await sleep(2_000);
  const after = await usageOf(system, databaseUrl);
  const name = `scale, ${perSecond} events/s:`;
  const [cpu, p99] = perSecond === 50 ? [0.33, 100] : [Infinity, 500];
  const sent = times.length + refused;
  const healthy = Array.from({ length: sent }, (_, index) => index % urls.length).filter(
    (channel) => channel % FAILING_SHARE !== 0,
  ).length;
  report(`${name} events that arrived`, (100 * targets.latencies.length) / healthy, '%', 100, 100);
  report(`${name} sending to arrival, median`, quantile(targets.latencies, 0.5), 'ms');
  report(`${name} sending to arrival, 99th percentile`, quantile(targets.latencies, 0.99), 'ms', 0, p99);
  report(`${name} CPU of the relay`, (after.relaySeconds - before.relaySeconds) / elapsed, 'cores', 0, cpu);
  report(`${name} statements per event`, (after.statements - before.statements) / sent, '');
  if (databaseUrl === null) return;
  report(`${name} CPU of PostgreSQL`, (after.databaseSeconds - before.databaseSeconds) / elapsed, 'cores');
  report(`${name} rows read per event (tup_returned)`, (after.rowsRead - before.rowsRead) / sent, '');
}

const PASSES: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  notices: async (store) => {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    await store.checkSilences(Date.now());
    await tellOfProblems({ store, dataKeys: createDataKeys(systemClock, CHANNELS), clock: systemClock, log });
  },
  retention: async (store) => {
    while (await store.retain(Date.now()));
  },
  metrics: async (store) => {
    // A process counts the totals once a minute.
    await store.totals();
    for (let scrape = 0; scrape < SCRAPES; scrape++) await store.backlog(50);
  },
  claims: async (store) => {
    for (let look = 0; look < LOOKS; look++) await store.dueInMs('bench', Date.now());
  },
};

/**
 * Measures the work of each pass in a minute while the relay is stopped. A backend of PostgreSQL reports its reads when
 * it exits.
 */
async function measurePasses({ report }: Bench, databaseUrl: string | null, sqlitePath: string): Promise<void> {
  const open = () =>
    databaseUrl === null ? openSqliteStore(sqlitePath, OPTIONS) : openPostgresStore(databaseUrl, OPTIONS);
  const others = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'tutorcruncher-zapier-relay'`;
  const measure = async (pass: (store: Store) => Promise<unknown>) => {
    const before = databaseUrl === null ? 0 : await rowsRead(databaseUrl);
    const store = await open();
    const duration = await durationOf(() => pass(store));
    await store.close();
    if (databaseUrl === null) return { duration, rows: 0 };
    await until(async () => (await execute(databaseUrl, others)).length === 0);
    return { duration, rows: (await rowsRead(databaseUrl)) - before };
  };
  // Run each pass once without measuring it, because the first pass after the load has more to do than the passes of an
  // idle relay.
  for (const pass of Object.values(PASSES)) await measure(pass);
  const opening = await measure(() => Promise.resolve());
  for (const [name, pass] of Object.entries(PASSES)) {
    const { duration, rows } = await measure(pass);
    report(`scale, idle: time of the ${name} per minute`, duration, 'ms');
    if (databaseUrl !== null) report(`scale, idle: rows that the ${name} read per minute`, rows - opening.rows, '');
  }
}

/** Measures a relay that serves all of TutorCruncher's agencies. */
export async function scale(bench: Bench): Promise<void> {
  const { cluster, targets, report } = bench;
  const databaseUrl = bench.database === 'postgres' ? await createDatabase(cluster) : null;
  const channels = Array.from({ length: CHANNELS }, (_, index): ScaleChannel => ({
    channel: deriveChannel(tokenOf(index)),
    urlPart: newUrlPart(),
  }));
  const prepare = async (url: string | null, sqlitePath: string) => {
    const database = await openDatabase(url, sqlitePath);
    for (let start = 0; start < CHANNELS; start += BATCH) {
      const batch = channels.slice(start, start + BATCH);
      const rows = batch.map((each, index) => ({
        ...each,
        key: start + index + 1,
        createdAt: Date.now(),
        withSecret: true,
        sealKey: SEAL_KEY,
      }));
      const zaps = batch.flatMap((_, index) => zapRows(start + index, targets.origin));
      await database.transaction(({ write }) =>
        write([insertRows('channels', rows), insertRows('subscriptions', zaps)]),
      );
    }
    await database.close();
    if (url !== null) await execute(url, 'ANALYZE');
  };
  const environment = (folder: string) => ({
    RELAY_MAX_CHANNELS: String(CHANNELS),
    NODE_OPTIONS: `--import=${COUNTER} --disable-warning=ExperimentalWarning`,
    BENCH_STATEMENTS: folder,
  });
  const system = await startSystem(databaseUrl, targets.origin, [], { prepare, environment });
  const consoles = new AbortController();
  try {
    const urls = channels.map(({ channel, urlPart }) => webhookUrlOf(system.url(), channel, { urlPart }));
    // The first event of each channel creates its data key.
    targets.reset();
    const remaining = urls.values();
    const sendAll = async () => {
      for (const url of remaining) await post(url);
    };
    await Promise.all(Array.from({ length: WARM_UP_CONNECTIONS }, sendAll));
    await until(() => targets.latencies.length >= CHANNELS - CHANNELS / FAILING_SHARE, WARM_UP_MS);
    // Wait until the failing Zaps have received their first attempts and retries.
    await sleep(5_000);
    const opened = openConsoles(system, consoles.signal);
    for (const perSecond of [50, 500]) await measureLoad(bench, system, databaseUrl, urls, perSecond);
    consoles.abort();
    await opened;
    report('scale: peak memory of the relay', system.relay()?.peakMb() ?? NaN, 'MB', 0, 400);
    await system.endRelay('SIGTERM');
    await measurePasses(bench, databaseUrl, system.sqlitePath);
  } finally {
    consoles.abort();
    await system.stop();
  }
}
