/** The systems that the bench measures, as processes: relays on SQLite and PostgreSQL, pg-boss, and a route that stores nothing. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
import type { Behaviour } from './targets.ts';

export type SystemName = 'sqlite' | 'postgres' | 'pg-boss' | 'no-op';

/** A Zap of the bench: the kind of its target, and the action that it selects (default: A). */
export interface BenchZap {
  readonly kind: Behaviour;
  readonly action?: string;
}

/** Limits that have no effect, so that the bench measures the relay itself. */
const LIMITS = {
  RELAY_PACE_PER_SUBSCRIPTION: '100000',
  RELAY_PACE_PER_CHANNEL: '100000',
  RELAY_MAX_EVENTS_PER_MINUTE: '100000000',
  RELAY_MAX_CHANNEL_DELIVERIES: '10000000',
};

const tokenOf = (channel: number): string => deriveToken(`a-private-key-of-the-bench-number-${channel}`, ORIGIN);

/** A running system with a new database. */
export class System {
  /** The processes of a relay. */
  relays: RelayProcess[] = [];
  readonly #name: SystemName;
  readonly #folder = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  readonly #database: URL;
  readonly #targetOrigin: string;
  #peer: { readonly child: ChildProcess; readonly origin: string } | null = null;

  private constructor(name: SystemName, database: URL, targetOrigin: string) {
    this.#name = name;
    this.#database = database;
    this.#targetOrigin = targetOrigin;
  }

  /** Starts a system. @param channels - the Zaps of each channel */
  static async start(name: SystemName, cluster: Cluster, targetOrigin: string, channels: readonly BenchZap[][]) {
    const database = new URL(cluster.url);
    database.pathname = `/bench_${Date.now()}`;
    await execute(cluster.url, `CREATE DATABASE ${database.pathname.slice(1)}`);
    const system = new System(name, database, targetOrigin);
    if (name === 'pg-boss' || name === 'no-op') await system.#startPeer(channels);
    else await system.startRelay();
    for (const [channel, zaps] of system.#peer ? [] : channels.entries()) {
      await system.call(channel, 'PUT', CHANNEL_PATH);
      for (const [index, { action = 'A' }] of zaps.entries()) {
        const target_url = system.#urlOf(channel, zaps, index);
        await system.call(channel, 'POST', SUBSCRIPTIONS_PATH, { target_url, actions: [action] });
      }
    }
    return system;
  }

  #urlOf(channel: number, zaps: readonly BenchZap[], index: number): string {
    return `${this.#targetOrigin}/${zaps[index]?.kind ?? ''}/${channel}/${index}`;
  }

  /** Starts a process of a relay. Resolves once it is ready. */
  async startRelay(port?: number): Promise<void> {
    const environment = {
      ...LIMITS,
      RELAY_TARGET_ORIGINS: this.#targetOrigin,
      RELAY_SQLITE_PATH: join(this.#folder, 'relay.sqlite'),
      ...(this.#name === 'postgres' && { RELAY_DATABASE_URL: this.#database.href }),
    };
    this.relays.push(await startRelayProcess({ port: port ?? (await freePort()), environment }));
  }

  async #startPeer(channels: readonly BenchZap[][]): Promise<void> {
    const targets = channels.map((zaps, channel) => [
      deriveChannel(tokenOf(channel)),
      zaps.map((_, index) => this.#urlOf(channel, zaps, index)),
    ]);
    const databaseUrl = this.#name === 'pg-boss' ? this.#database.href : null;
    const plan: PeerPlan = { databaseUrl, targets: Object.fromEntries(targets) as PeerPlan['targets'] };
    const path = new URL('peer-process.ts', import.meta.url);
    const child = fork(path, [JSON.stringify(plan)], { execArgv: ['--no-warnings', ...nodeOptions()] });
    killOnExit(child);
    const [origin] = (await once(child, 'message')) as [string];
    this.#peer = { child, origin };
  }

  /** Calls the API of a channel. @throws {Error} if the request fails */
  async call(channel: number, method: string, path: string, body?: object): Promise<void> {
    const { ok, status } = await callApi(this.relays[0]?.url ?? '', method, path, body, tokenOf(channel));
    if (!ok) throw new Error(`${method} ${path} returned ${status}.`);
  }

  /** Returns the webhook URL of a channel. */
  hookUrl(channel = 0): string {
    return `${this.#peer?.origin ?? this.relays[0]?.url ?? ''}${HOOKS_PATH}/${deriveChannel(tokenOf(channel))}`;
  }

  /** Peak memory of the relays so far, in MiB. */
  get peakMb(): number {
    return Math.max(0, ...this.relays.map(({ child }) => peakMb(child.pid ?? 0)));
  }

  /** Ends the relays. Returns the size of their database in bytes, after a vacuum. */
  async finalBytes(): Promise<number> {
    for (const { kill } of this.relays.splice(0)) await kill('SIGTERM');
    if (this.#name === 'sqlite') return statSync(join(this.#folder, 'relay.sqlite')).size;
    await execute(this.#database.href, 'VACUUM');
    const [row] = await execute(this.#database.href, 'SELECT pg_database_size(current_database()) AS bytes');
    return Number(row?.bytes);
  }

  async stop(): Promise<void> {
    if (this.#peer) await killAndWait(this.#peer.child, 'SIGKILL');
    for (const { kill } of this.relays) await kill('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }
}
