/**
 * A private PostgreSQL server for tests, chaos runs and benchmarks, started from the installed binaries in a temporary
 * folder.
 */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { freePort } from './free-port.ts';
import { hasExited, killAndWait } from './relay-process.ts';

/** Folder below which Debian installs each server version, which is not on the PATH. */
const DEBIAN = '/usr/lib/postgresql';
const START_MS = 30_000;
const CONNECT_MS = 5_000;

/** A running PostgreSQL server. */
export interface Cluster {
  /** The connection string of an empty database. */
  readonly url: string;
  /** Output of `postgres --version`. */
  readonly version: string;
  /** Process id of the postmaster, the parent of all other processes of the server. */
  readonly pid: () => number;
  /** Creates an empty database. Returns its connection string. */
  readonly createDatabase: (name: string) => Promise<string>;
  /** Stops the server: `fast` shuts it down cleanly, `immediate` is equivalent to a crash. */
  readonly stop: (mode: 'fast' | 'immediate') => Promise<void>;
  /** Starts the server again after {@link Cluster.stop}. */
  readonly start: () => Promise<void>;
  /** Stops the server and deletes its data. */
  readonly remove: () => Promise<void>;
}

function debianFolders(): string[] {
  try {
    return readdirSync(DEBIAN)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(DEBIAN, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns the folder of the installed server's binaries; null if PostgreSQL is not installed. */
export function findPostgres(): string | null {
  const folders = [...debianFolders(), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name)))) ?? null;
}

/** Returns the user that the server runs as. PostgreSQL refuses to run as root, so root uses the `postgres` user. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Runs one statement on a separate connection. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const isReady = (url: string): Promise<boolean> =>
  execute(url, 'SELECT 1').then(
    () => true,
    () => false,
  );

/**
 * Creates and starts a cluster on a free port of this machine. Commits are durable, as in production.
 *
 * @throws {Error} if PostgreSQL is not installed or does not start
 */
export async function startCluster(): Promise<Cluster> {
  const binaries = findPostgres();
  if (binaries === null) {
    throw new Error(`PostgreSQL is not installed. Install it, so that ${DEBIAN} or PATH has initdb and postgres.`);
  }
  const postgres = join(binaries, 'postgres');
  const user = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'relay-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const run = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'relay', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'],
    { ...run, stdio: ['ignore', 'ignore', 'pipe'] },
  );

  const port = await freePort();
  const url = `postgres://relay@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | null = null;
  const killOnExit = () => server?.kill('SIGQUIT');

  async function start(): Promise<void> {
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: folder,
      max_connections: 100,
      shared_buffers: '256MB',
      max_wal_size: '4GB',
      log_min_messages: 'fatal',
    };
    const child = spawn(
      postgres,
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...run, stdio: 'ignore' },
    );
    server = child;
    const giveUpAt = Date.now() + START_MS;
    while (!(await isReady(url))) {
      if (hasExited(child) || Date.now() > giveUpAt) throw new Error('PostgreSQL did not start.');
      await sleep(50);
    }
  }

  async function stop(mode: 'fast' | 'immediate'): Promise<void> {
    // The signals that `pg_ctl stop` sends.
    if (server) await killAndWait(server, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  }

  async function createDatabase(name: string): Promise<string> {
    await execute(url, `CREATE DATABASE ${name}`);
    const database = new URL(url);
    database.pathname = `/${name}`;
    return database.href;
  }

  async function remove(): Promise<void> {
    await stop('immediate');
    process.off('exit', killOnExit);
    rmSync(folder, { recursive: true, force: true });
  }

  process.on('exit', killOnExit);
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  const version = execFileSync(postgres, ['--version'], { encoding: 'utf8' }).trim();
  return { url, version, pid: () => server?.pid ?? 0, createDatabase, stop, start, remove };
}
