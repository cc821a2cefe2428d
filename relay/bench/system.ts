/** Processes of the bench: relays with new databases, and the route that the relays are compared with. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { CHANNEL_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { execute, type Cluster } from '../harness/postgres-cluster.ts';
import {
  killAndWait,
  killOnExit,
  nodeOptions,
  startRelayProcess,
  type RelayProcess,
} from '../harness/relay-process.ts';
import { callSuccessfully, hookPath } from '../harness/relay-requests.ts';
import { ORIGIN } from '../harness/sample-delivery.ts';
import type { Behaviour } from './targets.ts';

/** A Zap of the bench: the kind of its target, and the action that it selects. */
export interface BenchZap {
  readonly kind: Behaviour;
  readonly action: string;
}

/** Preparations for a relay, in addition to the Zaps that are subscribed through the relay's API. */
export interface SystemOptions {
  /** Fills the database before the relay starts. */
  readonly prepare?: (databaseUrl: string | null, sqlitePath: string) => Promise<void>;
  /** Returns additional environment variables. The argument is the folder of the system's files. */
  readonly environment?: (folder: string) => Readonly<Record<string, string>>;
}

/**
 * Number of lines of a relay's log that are printed, from the end. A relay without its database logs thousands of
 * lines.
 */
const PRINTED_LINES = 20;

/** Prints the end of a log. */
function printEnd(logPath: string): void {
  const lines = existsSync(logPath) ? readFileSync(logPath, 'utf8').trimEnd().split('\n') : [];
  const printed = lines.slice(-PRINTED_LINES);
  if (printed.length < lines.length)
    console.error(`${lines.length - printed.length} earlier lines of the log are left out.`);
  if (printed.join('') !== '') console.error(printed.join('\n'));
}

/** Returns the token of the channel with the given index. */
export const tokenOf = (channel: number): string => deriveToken(`a-private-key-of-the-bench-number-${channel}`, ORIGIN);

/** Creates a database. Returns the URL of the database. */
export async function createDatabase(cluster: Cluster): Promise<string> {
  const url = new URL(cluster.url);
  url.pathname = `/bench_${Date.now()}`;
  await execute(cluster.url, `CREATE DATABASE ${url.pathname.slice(1)}`);
  return url.href;
}

/** Starts the route that stores nothing, with the relay's options for Node.js. */
export async function startNoOp() {
  const file = new URL('no-op-process.ts', import.meta.url);
  const child = fork(file, { execArgv: ['--no-warnings', ...nodeOptions()] });
  killOnExit(child);
  const [url] = (await once(child, 'message')) as [string];
  return { url, stop: () => killAndWait(child, 'SIGKILL') };
}

/** A relay of one or more processes. */
export type System = Awaited<ReturnType<typeof startSystem>>;

/** Starts a relay process with the Zaps of each channel. @param databaseUrl - null for SQLite */
export async function startSystem(
  databaseUrl: string | null,
  targetOrigin: string,
  channels: readonly (readonly BenchZap[])[],
  { prepare, environment: additional }: SystemOptions = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  const logPath = join(folder, 'relay.log');
  const environment = {
    RELAY_ORIGIN: ORIGIN,
    RELAY_TARGET_ORIGINS: targetOrigin,
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    ...(databaseUrl !== null && { RELAY_DATABASE_URL: databaseUrl }),
    ...additional?.(folder),
  };
  /** The relay processes, oldest first. */
  const relays: RelayProcess[] = [];
  let peakMb = 0;

  /** Starts a relay process. Resolves once the process is ready. @param port - default: a free port */
  async function startRelay(port?: number): Promise<void> {
    const starting = startRelayProcess({ port, environment, isUnlimited: true, logPath });
    relays.push(
      await starting.catch((error: unknown) => {
        printEnd(logPath);
        throw error;
      }),
    );
  }

  /** Ends the oldest process. Returns its port; undefined if no process is left. */
  async function endRelay(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | undefined> {
    const relay = relays.shift();
    if (!relay) return undefined;
    peakMb = Math.max(peakMb, relay.peakMb());
    await relay.kill(signal);
    return Number(new URL(relay.url).port);
  }

  const url = (): string => relays[0]?.url ?? '';
  /** Calls the API of a channel. @throws {Error} if the request fails */
  const call = (channel: number, method: string, path: string, body?: object, token = tokenOf(channel)) =>
    callSuccessfully(url(), method, path, body, token);

  await prepare?.(databaseUrl, environment.RELAY_SQLITE_PATH);
  await startRelay();
  for (const [channel, zaps] of channels.entries()) {
    await call(channel, 'PUT', CHANNEL_PATH);
    for (const [index, { kind, action }] of zaps.entries()) {
      const target_url = `${targetOrigin}/${kind}/${channel}/${index}`;
      await call(channel, 'POST', SUBSCRIPTIONS_PATH, { target_url, actions: [action] });
    }
  }
  return {
    startRelay,
    endRelay,
    call,
    url,
    folder,
    sqlitePath: environment.RELAY_SQLITE_PATH,
    /** Returns the oldest process. */
    relay: (): RelayProcess | undefined => relays[0],
    /** Returns the webhook URL of a channel. */
    hookUrl: (channel = 0): string => `${url()}${hookPath(url(), deriveChannel(tokenOf(channel)))}`,

    /** Ends the relay, and vacuums its database. Returns the size of the database in bytes. */
    finalBytes: async (): Promise<number> => {
      await endRelay('SIGTERM');
      if (databaseUrl === null) return statSync(environment.RELAY_SQLITE_PATH).size;
      await execute(databaseUrl, 'VACUUM');
      const [row] = await execute(databaseUrl, 'SELECT pg_database_size(current_database()) AS bytes');
      return Number(row?.bytes);
    },

    /** Ends all processes and deletes their files. Returns the peak memory of any relay process, in MiB. */
    stop: async (): Promise<number> => {
      while (relays.length > 0) await endRelay('SIGKILL');
      printEnd(logPath);
      rmSync(folder, { recursive: true });
      return peakMb;
    },
  };
}
