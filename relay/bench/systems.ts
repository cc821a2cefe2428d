/** The systems that the bench measures, as processes: relays on SQLite and PostgreSQL, pg-boss, and a route that stores nothing. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { CHANNEL_PATH, HOOKS_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { freePort } from '../harness/free-port.ts';
import { execute, type Cluster } from '../harness/postgres-cluster.ts';
import { peakMb } from '../harness/process-memory.ts';
import {
  killAndWait,
  killOnExit,
  nodeOptions,
  startRelayProcess,
  type RelayProcess,
} from '../harness/relay-process.ts';
import { callApi } from '../harness/relay-requests.ts';
import { ORIGIN } from '../harness/sample-delivery.ts';
import type { PeerPlan } from './peer-process.ts';
import type { Behaviour, Targets } from './targets.ts';

export type SystemName = 'sqlite' | 'postgres' | 'pg-boss' | 'no-op';

/** The Zaps of one channel. */
export interface ZapsOfChannel {
  readonly zaps: number;
  readonly behaviour?: Behaviour;
  /** Action that the Zap with a number selects; default: the action A for all Zaps. */
  readonly actionOf?: (zap: number) => string;
}

/** Limits that have no effect, so that the bench measures the relay itself. */
const LIMITS = {
  RELAY_PACE_PER_SUBSCRIPTION: '100000',
  RELAY_PACE_PER_CHANNEL: '100000',
  RELAY_MAX_EVENTS_PER_MINUTE: '100000000',
  RELAY_MAX_CHANNELS: '1000',
  RELAY_MAX_CHANNEL_DELIVERIES: '10000000',
};

const tokenOf = (channel: number): string => deriveToken(`a-private-key-of-the-bench-number-${channel}`, ORIGIN);

/** A running system with its own, new database. */
export class System {
  readonly name: SystemName;
  /** The processes of a relay. */
  relays: RelayProcess[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  readonly #databaseUrl: string;
  readonly #targets: Targets;
  #peer: { readonly origin: string; readonly pid: number; readonly stop: () => Promise<void> } | null = null;

  private constructor(name: SystemName, databaseUrl: string, targets: Targets) {
    this.name = name;
    this.#databaseUrl = databaseUrl;
    this.#targets = targets;
  }

  /**
   * Starts a system.
   *
   * @param channels - the Zaps of each channel
   * @param processes - number of processes of a relay
   */
  static async start(
    name: SystemName,
    cluster: Cluster,
    targets: Targets,
    channels: readonly ZapsOfChannel[],
    processes = 1,
  ) {
    await targets.reset();
    const databaseUrl = new URL(cluster.url);
    databaseUrl.pathname = `/bench_${Date.now()}`;
    if (name !== 'sqlite') await execute(cluster.url, `CREATE DATABASE ${databaseUrl.pathname.slice(1)}`);
    const system = new System(name, databaseUrl.href, targets);
    if (name === 'pg-boss' || name === 'no-op') {
      await system.#startPeer(channels);
      return system;
    }
    for (let count = 0; count < processes; count++) system.relays.push(await system.startRelay());
    for (const [channel, zaps] of channels.entries()) await system.subscribe(channel, zaps);
    return system;
  }

  async startRelay(port?: number): Promise<RelayProcess> {
    const environment = {
      ...LIMITS,
      RELAY_TARGET_ORIGINS: this.#targets.origin,
      RELAY_SQLITE_PATH: join(this.#folder, 'relay.sqlite'),
      ...(this.name === 'postgres' && { RELAY_DATABASE_URL: this.#databaseUrl }),
    };
    return startRelayProcess({ port: port ?? (await freePort()), environment });
  }

  async #startPeer(channels: readonly ZapsOfChannel[]): Promise<void> {
    const targets = channels.map(({ zaps, behaviour = 'zap' }, channel) => [
      deriveChannel(tokenOf(channel)),
      // pg-boss adds an event to all queues when it stores it, so storing alone also needs queues.
      Array.from({ length: zaps || 5 }, (_, zap) => `${this.#targets.origin}/${behaviour}/${channel}/${zap}`),
    ]);
    const databaseUrl = this.name === 'pg-boss' ? this.#databaseUrl : null;
    const plan: PeerPlan = { databaseUrl, targets: Object.fromEntries(targets) as PeerPlan['targets'] };
    const path = new URL('peer-process.ts', import.meta.url);
    const child = fork(path, [JSON.stringify(plan)], { execArgv: ['--no-warnings', ...nodeOptions()] });
    killOnExit(child);
    const [origin] = (await once(child, 'message')) as [string];
    this.#peer = { origin, pid: child.pid ?? 0, stop: () => killAndWait(child, 'SIGKILL') };
  }

  /** Calls the API of a channel. @throws {Error} if the request fails */
  async call(channel: number, method: string, path: string, body?: object): Promise<Response> {
    const response = await callApi(this.relays[0]?.url ?? '', method, path, body, tokenOf(channel));
    if (!response.ok) throw new Error(`${method} ${path} returned ${response.status}.`);
    return response;
  }

  async subscribe(channel: number, { zaps, behaviour = 'zap', actionOf = () => 'A' }: ZapsOfChannel): Promise<void> {
    await this.call(channel, 'PUT', CHANNEL_PATH);
    for (let zap = 0; zap < zaps; zap++) {
      const target_url = `${this.#targets.origin}/${behaviour}/${channel}/${zap}`;
      await this.call(channel, 'POST', SUBSCRIPTIONS_PATH, { target_url, actions: [actionOf(zap)] });
    }
  }

  /** Returns the webhook URL of a channel. */
  hookUrl(channel: number, relay = 0): string {
    const origin = this.#peer?.origin ?? this.relays[relay]?.url ?? '';
    return `${origin}${HOOKS_PATH}/${deriveChannel(tokenOf(channel))}`;
  }

  /** Peak memory of a process of the system so far, in MiB. */
  get peakMb(): number {
    const pids = this.#peer ? [this.#peer.pid] : this.relays.map(({ child }) => child.pid ?? 0);
    return Math.max(...pids.map(peakMb));
  }

  /** Stops the relays and returns the size of the database in bytes, after a vacuum. */
  async finalSize(): Promise<number> {
    for (const { kill } of this.relays.splice(0)) await kill('SIGTERM');
    if (this.name === 'sqlite') return statSync(join(this.#folder, 'relay.sqlite')).size;
    await execute(this.#databaseUrl, 'VACUUM');
    const client = new pg.Client({ connectionString: this.#databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ size: string }>('SELECT pg_database_size(current_database()) AS size');
    await client.end();
    return Number(rows[0]?.size);
  }

  async stop(): Promise<void> {
    await this.#peer?.stop();
    for (const { kill } of this.relays) await kill('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }
}
