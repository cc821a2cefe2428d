/** Relay processes on one database, the Zaps that they deliver to, and the sender. Faults act on its parts. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHANNEL_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { freePort } from '../harness/free-port.ts';
import { startCluster, type Cluster } from '../harness/postgres-cluster.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { callApi } from '../harness/relay-requests.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import { Sender } from './sender.ts';
import { Zaps } from './zaps.ts';

export type Database = 'sqlite' | 'postgres';
type Environment = Readonly<Record<string, string>>;

/** Settings for more load than a real channel has. */
const LIMITS = { RELAY_MAX_EVENTS_PER_MINUTE: '1000000' };

/** A relay process that can be restarted, with the network around it. */
export class Relay {
  /** The network between the sender and the relay. */
  readonly front: TcpProxy;
  /** The network between the relay and PostgreSQL; null with SQLite. */
  readonly back: TcpProxy | null;
  readonly #port: number;
  readonly #environment: Environment;
  readonly #logPath: string;
  #process: RelayProcess | null = null;

  private constructor(
    network: readonly [TcpProxy, TcpProxy | null],
    port: number,
    environment: Environment,
    logPath: string,
  ) {
    [this.front, this.back] = network;
    this.#port = port;
    this.#environment = environment;
    this.#logPath = logPath;
  }

  static async create(databaseUrl: string | null, environment: Environment, logPath: string): Promise<Relay> {
    const port = await freePort();
    const front = await startTcpProxy('127.0.0.1', port);
    if (databaseUrl === null) return new Relay([front, null], port, environment, logPath);
    const url = new URL(databaseUrl);
    const back = await startTcpProxy(url.hostname, Number(url.port));
    url.port = String(back.port);
    return new Relay([front, back], port, { ...environment, RELAY_DATABASE_URL: url.href }, logPath);
  }

  /** Returns another relay on the same SQLite file, which has not been started. */
  another(): Promise<Relay> {
    return Relay.create(null, this.#environment, this.#logPath);
  }

  /** Origin for the sender. */
  get origin(): string {
    return `http://127.0.0.1:${this.front.port}`;
  }

  /** Resolves once the relay is ready. @throws {Error} if it does not start */
  async start(): Promise<void> {
    this.#process = await startRelayProcess({
      port: this.#port,
      environment: this.#environment,
      logPath: this.#logPath,
      pace: { pacePerSubscription: 5_000, pacePerChannel: 50_000 },
    });
  }

  /** Sends a signal to the process. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.child.kill(signal);
  }

  /** Ends the process. Returns its exit code; null if the signal ended it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    await this.#process?.kill(signal);
    return this.#process?.child.exitCode ?? null;
  }

  close(): void {
    this.front.close();
    this.back?.close();
  }
}

export class TestBed {
  readonly zaps: Zaps;
  readonly sender: Sender;
  readonly relays: readonly Relay[];
  /** The PostgreSQL server; null with SQLite. */
  readonly cluster: Cluster | null;
  readonly #folder: string;

  private constructor(zaps: Zaps, sender: Sender, relays: readonly Relay[], cluster: Cluster | null, folder: string) {
    this.zaps = zaps;
    this.sender = sender;
    this.relays = relays;
    this.cluster = cluster;
    this.#folder = folder;
  }

  /** Starts two relays on PostgreSQL or one on SQLite, and subscribes all Zaps to the sample channel. */
  static async start(database: Database): Promise<TestBed> {
    const folder = mkdtempSync(join(tmpdir(), 'relay-chaos-'));
    const origins: string[] = [];
    const sender = new Sender(origins);
    const zaps = await Zaps.start(sender);
    const cluster = database === 'postgres' ? await startCluster() : null;
    const environment = {
      ...LIMITS,
      RELAY_TARGET_ORIGINS: zaps.origin,
      RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    };
    const relays: Relay[] = [];
    for (let count = 0; count < (cluster ? 2 : 1); count++) {
      const relay = await Relay.create(cluster?.url ?? null, environment, join(folder, 'relay.log'));
      relays.push(relay);
      origins.push(relay.origin);
    }
    const bed = new TestBed(zaps, sender, relays, cluster, folder);
    for (const relay of relays) await relay.start();
    await bed.#call('PUT', CHANNEL_PATH);
    for (const index of zaps.all.keys()) {
      await bed.#call('POST', SUBSCRIPTIONS_PATH, { target_url: `${zaps.origin}/${index}`, actions: ['A'] });
    }
    return bed;
  }

  async #call(method: 'PUT' | 'POST', path: string, body?: object): Promise<void> {
    const { status } = await callApi(this.relays[0]?.origin ?? '', method, path, body);
    if (status !== 200) throw new Error(`${method} ${path} returned ${status}.`);
  }

  /** Returns the last lines of the relays' log. */
  get log(): string {
    return readFileSync(join(this.#folder, 'relay.log'), 'utf8').split('\n').slice(-20).join('\n');
  }

  /** Ends everything at once and deletes the data. */
  async remove(): Promise<void> {
    for (const relay of this.relays) {
      await relay.end('SIGKILL');
      relay.close();
    }
    await this.sender.close();
    this.zaps.close();
    await this.cluster?.remove();
    rmSync(this.#folder, { recursive: true });
  }
}
