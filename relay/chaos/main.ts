/**
 * `npm run chaos [-- --rounds N] [--store sqlite|postgres] [--stop-seconds N] [--only kill,restart,expire,stop]`: kills, stops and starves relays again
 * and again under load, with targets that misbehave in every way, and counts: no event that was acknowledged may be
 * missing at a target that lives, and every body must verify. Everything happens on this machine, and ends by itself.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import pg from 'pg';
import { request } from 'undici';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { Load } from './load.ts';
import { missingAt, Targets } from './targets.ts';
import { startCluster, type Cluster } from '../harness/postgres-cluster.ts';
import { freePort } from '../harness/free-port.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';

const KEY = 'a-private-key-for-chaos-0123456789abcdef';
const TOKEN = deriveToken(KEY, 'https://relay.example.com');
const CHANNEL = deriveChannel(TOKEN);
const PER_SECOND = 200;
const ROUND_MS = 1500;
/** Of a target that fails at every 400th, each thousand takes 12 s or more, as every failure is followed by 5 s of rest. */
const DRAIN_MS = 400_000;
const DATABASE_DOWN_MS = 4_000;
/** Longer than a lease. */
const HELD_UP_MS = 9_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    store: { type: 'string' },
    'stop-seconds': { type: 'string', default: '60' },
    only: { type: 'string', default: 'kill,restart,expire,stop' },
  },
});
const rounds = Number(values.rounds);
const stopMs = Number(values['stop-seconds']) * 1000;
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) {
  console.error('--rounds takes a whole number from 1 to 1000.');
  process.exit(1);
}
if (!(stopMs >= 10_000 && stopMs <= 600_000)) {
  console.error('--stop-seconds takes a number from 10 to 600.');
  process.exit(1);
}
if (values.store !== undefined && !['sqlite', 'postgres'].includes(values.store)) {
  console.error('--store takes sqlite or postgres; without it, both are used.');
  process.exit(1);
}

const only = new Set(values.only.split(','));
if ([...only].some((name) => !['kill', 'restart', 'expire', 'stop'].includes(name))) {
  console.error('--only takes some of kill,restart,expire,stop.');
  process.exit(1);
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const failures: string[] = [];
const check = (isSo: boolean, what: string): void => {
  console.log(`${isSo ? 'ok  ' : 'FAIL'} ${what}`);
  if (!isSo) failures.push(what);
};

/** Relays on one store, their targets, and the load on them. */
class World {
  readonly targets: Targets;
  readonly load: Load;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #ports: readonly number[];
  readonly relays: RelayProcess[] = [];

  private constructor(targets: Targets, ports: readonly number[], environment: Readonly<Record<string, string>>) {
    this.targets = targets;
    this.#ports = ports;
    this.load = new Load(
      ports.map((port) => `http://127.0.0.1:${port}`),
      CHANNEL,
      KEY,
    );
    this.#environment = {
      RELAY_TARGET_ORIGINS: targets.origin,
      RELAY_PACE_PER_SUBSCRIPTION: '5000',
      RELAY_PACE_PER_CHANNEL: '50000',
      ...environment,
    };
  }

  static async start(
    count: number,
    environment: Readonly<Record<string, string>>,
    fileLimitKb?: number,
  ): Promise<World> {
    const ports: number[] = [];
    for (let index = 0; index < count; index++) ports.push(await freePort());
    const world = new World(await Targets.start(KEY), ports, environment);
    for (const index of ports.keys()) await world.startRelay(index, fileLimitKb);
    await world.#api('PUT', '/channel');
    return world;
  }

  async startRelay(index: number, fileLimitKb?: number): Promise<RelayProcess> {
    const relay = await startRelayProcess({
      port: this.#ports[index] ?? 0,
      environment: this.#environment,
      ...(fileLimitKb !== undefined && { fileLimitKb }),
    });
    this.relays[index] = relay;
    return relay;
  }

  async #api(method: 'PUT' | 'POST', path: string, body?: object): Promise<void> {
    const response = await request(`${this.load.urls[0] ?? ''}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    await response.body.dump();
    if (response.statusCode !== 200) throw new Error(`${method} ${path} answered ${response.statusCode}.`);
  }

  async subscribe(index: number): Promise<void> {
    const target_url = `${this.targets.origin}/hooks/${index}`;
    await this.#api('POST', '/channel/subscriptions', { target_url, actions: ['A'] });
  }

  async subscribeAll(): Promise<void> {
    for (const index of this.targets.all.keys()) await this.subscribe(index);
  }

  /** The index of the relay that serves the channel. */
  async holder(): Promise<number> {
    for (;;) {
      for (const [index, { url }] of this.relays.entries()) {
        const { body } = await request(`${url}/metrics`);
        if (/^relay_leased_channels 1$/m.test(await body.text())) return index;
      }
      await pause(20);
    }
  }

  /** What the relays say of those that did not get all. */
  async #explain(): Promise<void> {
    for (const { url } of this.relays) {
      const { body } = await request(`${url}/channel`, { headers: { authorization: `Bearer ${TOKEN}` } });
      console.log(await body.text());
    }
  }

  /** Sends again what was not acknowledged, waits until all have all, and says what became of it. */
  async settle(what: string): Promise<void> {
    await this.load.sendAgain();
    await this.targets.drain(this.load.acked, DRAIN_MS);
    console.log(`\n${what}: ${this.load.acked.size} acknowledged. Answers: ${this.load.answers}`);
    console.log(
      `\n${'target'.padEnd(22)}${'requests'.padStart(10)}${'missing'.padStart(10)}${'twice'.padStart(10)}${'bad HMAC'.padStart(10)}`,
    );
    for (const entry of this.targets.all) {
      const missing = entry.isLive ? String(missingAt(entry, this.load.acked)) : '-';
      const twice = [...entry.got.values()].filter((count) => count > 1).length;
      const cells = [entry.requests, missing, twice, entry.badSignatures].map((cell) => String(cell).padStart(10));
      console.log(entry.name.padEnd(22) + cells.join(''));
    }
    console.log('');
    for (const entry of this.targets.live) {
      check(missingAt(entry, this.load.acked) === 0, `${what}; ${entry.name}: no acknowledged event is missing`);
    }
    const { all, redirected } = this.targets;
    if (this.targets.live.some((entry) => missingAt(entry, this.load.acked) > 0)) await this.#explain();
    check(
      all.every(({ badSignatures }) => badSignatures === 0),
      `${what}: every body verified by its HMAC`,
    );
    check(redirected.requests === 0, `${what}: no redirect was followed`);
    // One that was stopped in the middle of it may ask again.
    const gone = all.find(({ name }) => name.startsWith('gone'));
    check((gone?.requests ?? 0) <= 31 + rounds, `${what}: a target that is gone was left alone`);
  }

  async end(): Promise<void> {
    for (const { child } of this.relays) child.kill('SIGCONT');
    const start = performance.now();
    await Promise.all(this.relays.map(({ kill }) => kill('SIGTERM')));
    const milliseconds = Math.round(performance.now() - start);
    check(milliseconds < 10_000, `SIGTERM ended the relays within 10 s (${milliseconds} ms)`);
    this.targets.close();
    await this.load.close();
  }
}

/** Kills relays in turn, and starts each again. */
async function killing(name: string, count: number, environment: Readonly<Record<string, string>>): Promise<void> {
  const world = await World.start(count, environment);
  await world.subscribeAll();
  const restarts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const loading = world.load.run(ROUND_MS, PER_SECOND);
    await pause(ROUND_MS * (0.3 + 0.6 * Math.random()));
    await world.relays[round % count]?.kill('SIGKILL');
    restarts.push((await world.startRelay(round % count)).startMs);
    await loading;
    await world.load.sendAgain();
  }
  const what = `${name}, ${rounds} rounds of SIGKILL`;
  await world.settle(what);
  check(
    world.load.acked.size > (rounds * PER_SECOND * ROUND_MS) / 2000,
    `${what}: events were acknowledged at about the rate they were sent`,
  );
  console.log(`     From SIGKILL to serving: ${Math.round(Math.max(...restarts))} ms at most.`);
  await world.end();
}

/** A file that may not grow stands for a full disk: the system refuses to write in the same way. */
async function diskFull(path: string): Promise<void> {
  const world = await World.start(1, { RELAY_SQLITE_PATH: path }, 3000);
  await world.subscribe(0);
  await world.load.run(2 * ROUND_MS, PER_SECOND, 20_000);
  const { acked, answers, statuses } = world.load;
  await world.relays[0]?.kill('SIGKILL');
  await world.startRelay(0);
  const [healthy] = world.targets.all;
  const giveUpAt = Date.now() + 20_000;
  while (healthy && missingAt(healthy, acked) > 0 && Date.now() < giveUpAt) await pause(100);
  console.log(`\nDisk full: ${answers}`);
  check((statuses.get(503) ?? 0) > 0, 'with the disk full it says 503');
  check(healthy !== undefined && missingAt(healthy, acked) === 0 && acked.size > 0, 'what it acknowledged arrived');
  await world.end();
}

/** Looks at every cursor all the time, and counts those that went back. */
function watchCursors(url: string): { readonly stop: () => Promise<number> } {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  const highest = new Map<string, number>();
  const stopping = new AbortController();
  const watching = (async () => {
    let back = 0;
    while (!stopping.signal.aborted) {
      const { rows } = await pool.query<{ id: string; cursor: string }>('SELECT id, cursor FROM subscriptions');
      for (const { id, cursor } of rows) {
        if (Number(cursor) < (highest.get(id) ?? 0)) back++;
        highest.set(id, Number(cursor));
      }
      await pause(20);
    }
    await pool.end();
    return back;
  })();
  return {
    stop: () => {
      stopping.abort();
      return watching;
    },
  };
}

/** Restarts the database in the middle of it all. */
async function databaseRestart(cluster: Cluster, environment: Readonly<Record<string, string>>): Promise<void> {
  const world = await World.start(2, environment);
  await world.subscribeAll();
  for (let round = 0; round < rounds; round++) {
    const loading = world.load.run(ROUND_MS + DATABASE_DOWN_MS, PER_SECOND);
    await pause(ROUND_MS / 2);
    await cluster.stop('immediate');
    await pause(DATABASE_DOWN_MS);
    await cluster.start();
    await loading;
    await world.load.sendAgain();
  }
  const what = `PostgreSQL, ${rounds} rounds of stop -m immediate for ${DATABASE_DOWN_MS / 1000} s`;
  await world.settle(what);
  check(
    [...world.load.statuses.keys()].every((status) => status === 202 || status === 503),
    `${what}: nothing was answered but 202 and 503`,
  );
  await world.end();
}

/** Stops the process that serves the channel, so that its leases expire, and lets it go on. */
async function stoppedProcess(url: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const world = await World.start(2, environment);
  await world.subscribeAll();
  const { urls } = world.load;
  const cursors = watchCursors(url);
  for (let round = 0; round < rounds; round++) {
    await world.load.run(ROUND_MS, PER_SECOND);
    const holder = world.relays[await world.holder()];
    const loading = world.load.run(ROUND_MS, PER_SECOND);
    await pause(ROUND_MS / 2);
    holder?.child.kill('SIGSTOP');
    await loading;
    // By now a load balancer has seen it.
    world.load.urls = urls.filter((other) => other !== holder?.url);
    await world.load.sendAgain();
    await world.load.run(stopMs - ROUND_MS, PER_SECOND / 10);
    holder?.child.kill('SIGCONT');
    world.load.urls = urls;
    await world.load.run(ROUND_MS, PER_SECOND);
  }
  const what = `PostgreSQL, ${rounds} rounds of SIGSTOP for ${stopMs / 1000} s`;
  await world.settle(what);
  check((await cursors.stop()) === 0, `${what}: no cursor went back`);
  await world.end();
}

/** Holds an answer up, and the process that waits for it, until its lease has expired. */
async function leaseExpiring(url: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const world = await World.start(2, environment);
  await world.subscribe(0);
  const [healthy] = world.targets.all;
  const cursors = watchCursors(url);
  let takenOver = 0;
  for (let round = 0; round < rounds; round++) {
    await world.load.run(ROUND_MS, PER_SECOND);
    const holder = world.relays[await world.holder()];
    world.load.urls = world.relays.map((relay) => relay.url).filter((other) => other !== holder?.url);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let isFirst = true;
    world.targets.beforeAnswer = () => {
      if (!isFirst) return;
      isFirst = false;
      holder?.child.kill('SIGSTOP');
      return held;
    };
    await world.load.run(ROUND_MS, PER_SECOND);
    const before = healthy?.got.size ?? 0;
    await pause(HELD_UP_MS);
    if ((healthy?.got.size ?? 0) > before) takenOver++;
    release();
    holder?.child.kill('SIGCONT');
    world.load.urls = world.relays.map((relay) => relay.url);
    await pause(ROUND_MS);
  }
  const what = `PostgreSQL, ${rounds} rounds of a lease that expires in the middle of a delivery`;
  await world.load.sendAgain();
  await pause(2 * ROUND_MS);
  const missing = healthy ? missingAt(healthy, world.load.acked) : -1;
  console.log(`\n${what}: ${world.load.acked.size} acknowledged. Answers: ${world.load.answers}`);
  check(takenOver === rounds, `${what}: the other process went on with what was left (${takenOver})`);
  check(missing === 0, `${what}: no acknowledged event is missing`);
  check(healthy?.badSignatures === 0, `${what}: every body verified by its HMAC`);
  check((await cursors.stop()) === 0, `${what}: no cursor went back`);
  await world.end();
}

async function onSqlite(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relay-chaos-'));
  try {
    await killing('SQLite', 1, { RELAY_SQLITE_PATH: join(folder, 'relay.sqlite') });
    await diskFull(join(folder, 'full.sqlite'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A new database for each, as dead letters and subscriptions of one would trouble the next. */
async function newDatabase(cluster: Cluster, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: cluster.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(cluster.url);
  url.pathname = `/${name}`;
  return url.href;
}

async function onPostgres(): Promise<void> {
  const cluster = await startCluster();
  try {
    console.log(`\n${cluster.version}`);
    const scenarios = [
      ['kill', (url: string) => killing('PostgreSQL, two processes', 2, { RELAY_DATABASE_URL: url })],
      ['restart', (url: string) => databaseRestart(cluster, { RELAY_DATABASE_URL: url })],
      ['expire', (url: string) => leaseExpiring(url, { RELAY_DATABASE_URL: url })],
      ['stop', (url: string) => stoppedProcess(url, { RELAY_DATABASE_URL: url })],
    ] as const;
    for (const [name, run] of scenarios) if (only.has(name)) await run(await newDatabase(cluster, `chaos_${name}`));
  } finally {
    await cluster.remove();
  }
}

if (values.store !== 'postgres' && only.has('kill')) await onSqlite();
if (values.store !== 'sqlite') await onPostgres();
console.log(failures.length === 0 ? '\nNothing was lost.' : `\nFailed: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);
