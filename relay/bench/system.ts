/** Relays as processes with a new database. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { CHANNEL_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { freePort } from '../harness/free-port.ts';
import { execute, type Cluster } from '../harness/postgres-cluster.ts';
import { peakMb } from '../harness/process-memory.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { callApi, hookPath } from '../harness/relay-requests.ts';
import { ORIGIN } from '../harness/sample-delivery.ts';
import type { Behaviour } from './targets.ts';

/** A Zap of the bench: the kind of its target, and the action that it selects. */
export interface BenchZap {
  readonly kind: Behaviour;
  readonly action: string;
}

/** Rates that have no effect, so that the bench measures the relay itself. */
const LIMITS = { RELAY_MAX_EVENTS_PER_MINUTE: '100000000' };
const PACE = { pacePerSubscription: 100_000, pacePerChannel: 100_000 };

const tokenOf = (channel: number): string => deriveToken(`a-private-key-of-the-bench-number-${channel}`, ORIGIN);

/** Creates a database. Returns its URL. */
export async function createDatabase(cluster: Cluster): Promise<string> {
  const url = new URL(cluster.url);
  url.pathname = `/bench_${Date.now()}`;
  await execute(cluster.url, `CREATE DATABASE ${url.pathname.slice(1)}`);
  return url.href;
}

/** A relay of one or more processes. */
export class System {
  /** Peak memory of the processes that have ended, in MiB. */
  peakMb = 0;
  readonly #relays: RelayProcess[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  readonly #databaseUrl: string | null;
  readonly #targetOrigin: string;

  /** @param databaseUrl - null for SQLite */
  constructor(databaseUrl: string | null, targetOrigin: string) {
    this.#databaseUrl = databaseUrl;
    this.#targetOrigin = targetOrigin;
  }

  /** Starts a process and adds the Zaps of each channel. */
  async start(channels: readonly BenchZap[][]): Promise<void> {
    await this.startRelay();
    for (const [channel, zaps] of channels.entries()) {
      await this.call(channel, 'PUT', CHANNEL_PATH);
      for (const [index, { kind, action }] of zaps.entries()) {
        const target_url = `${this.#targetOrigin}/${kind}/${channel}/${index}`;
        await this.call(channel, 'POST', SUBSCRIPTIONS_PATH, { target_url, actions: [action] });
      }
    }
  }

  /** Starts a process. Resolves once it is ready. */
  async startRelay(port?: number): Promise<void> {
    const environment = {
      ...LIMITS,
      RELAY_TARGET_ORIGINS: this.#targetOrigin,
      RELAY_SQLITE_PATH: join(this.#folder, 'relay.sqlite'),
      ...(this.#databaseUrl !== null && { RELAY_DATABASE_URL: this.#databaseUrl }),
    };
    this.#relays.push(await startRelayProcess({ port: port ?? (await freePort()), environment, pace: PACE }));
  }

  /** Ends the oldest process. Returns its port. */
  async endRelay(signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
    const port = Number(new URL(this.#url).port);
    for (const { child, kill } of this.#relays.splice(0, 1)) {
      this.peakMb = Math.max(this.peakMb, peakMb(child.pid ?? 0));
      await kill(signal);
    }
    return port;
  }

  /** The origin of the oldest process. */
  get #url(): string {
    return this.#relays[0]?.url ?? '';
  }

  /** Calls the API of a channel. @throws {Error} if the request fails */
  async call(channel: number, method: string, path: string, body?: object, token = tokenOf(channel)): Promise<void> {
    const response = await callApi(this.#url, method, path, body, token);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${method} ${path} returned ${response.status}.`);
  }

  /** Returns the webhook URL of a channel. */
  hookUrl(channel = 0): string {
    return `${this.#url}${hookPath(this.#url, deriveChannel(tokenOf(channel)))}`;
  }

  /** Ends the relay. Returns the size of its database in bytes, after a vacuum. */
  async finalBytes(): Promise<number> {
    await this.endRelay('SIGTERM');
    if (this.#databaseUrl === null) return statSync(join(this.#folder, 'relay.sqlite')).size;
    await execute(this.#databaseUrl, 'VACUUM');
    const [row] = await execute(this.#databaseUrl, 'SELECT pg_database_size(current_database()) AS bytes');
    return Number(row?.bytes);
  }

  /** Ends all processes and deletes their files. */
  async stop(): Promise<void> {
    while (this.#relays.length > 0) await this.endRelay('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }
}
