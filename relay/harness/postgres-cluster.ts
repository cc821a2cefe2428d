/** A private PostgreSQL server, started from the installed binaries in a temporary folder. */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import pg from 'pg';

import { freePort } from './free-port.ts';
import { hasExited, killAndWait, killOnExit } from './relay-process.ts';
import { until } from './until.ts';

/**
 * Folder with a sub-folder for each server version that Debian installs. The PostgreSQL server programs are not on the PATH.
 */
const DEBIAN = '/usr/lib/postgresql';
/** Time limit for connecting, in milliseconds. The limit ends runs that hang. */
const CONNECT_MS = 60_000;

/** A running PostgreSQL server. */
export type Cluster = Awaited<ReturnType<typeof startCluster>>;

/** Returns the folder of the newest installed server's binaries; null if PostgreSQL is not installed. */
export function findPostgres(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))) ?? null;
}

/** Returns the user that the server runs as. PostgreSQL refuses to run as root, so root uses the `postgres` user. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Runs one statement on a separate connection. Returns the rows of the statement. */
export async function execute(url: string, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Creates and starts a cluster on a free port of this machine. With `syncsDisk`, commits wait for the disk, as in
 * production. Otherwise, commits survive a crash of the server, but not a crash of the machine.
 *
 * @throws {Error} if PostgreSQL is not installed or does not start
 */
export async function startCluster({ syncsDisk = false } = {}) {
  const binaries = findPostgres();
  if (binaries === null) {
    throw new Error(`PostgreSQL is not installed. Install it, so that ${DEBIAN} or PATH has initdb and postgres.`);
  }
  const user = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'relay-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const run = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  const initdb = ['-D', 'data', '-U', 'relay', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'];
  execFileSync(join(binaries, 'initdb'), initdb, { ...run, stdio: ['ignore', 'ignore', 'pipe'] });

  const port = await freePort();
  const url = `postgres://relay@127.0.0.1:${port}/postgres`;
  const settings = Object.entries({
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: 300,
    shared_buffers: '256MB',
    max_wal_size: '4GB',
    fsync: syncsDisk ? 'on' : 'off',
    log_min_messages: 'fatal',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let server: ChildProcess;

  async function start(): Promise<void> {
    const child = spawn(join(binaries ?? '', 'postgres'), ['-D', 'data', ...settings], { ...run, stdio: 'ignore' });
    server = child;
    killOnExit(child, 'SIGQUIT');
    await until(async () => {
      if (hasExited(child)) throw new Error('PostgreSQL did not start.');
      const [{ status }] = await Promise.allSettled([execute(url, 'SELECT 1')]);
      return status === 'fulfilled';
    });
  }

  /** Stops the server without a checkpoint, as in a crash, like `pg_ctl stop -m immediate`. */
  const stop = () => killAndWait(server, 'SIGQUIT');
  /**
   * Copies the data of the running server. The copy contains a state from between the start and the end of the call.
   */
  async function copy(): Promise<void> {
    rmSync(join(folder, 'copy'), { recursive: true, force: true });
    const source = ['-h', '127.0.0.1', '-p', String(port), '-U', 'relay'];
    const args = [...source, '-D', 'copy', '--checkpoint=fast', '--no-sync', '--wal-method=stream'];
    const child = spawn(join(binaries ?? '', 'pg_basebackup'), args, { ...run, stdio: 'ignore' });
    killOnExit(child);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error('Copying the data of PostgreSQL failed.');
  }

  /** Replaces the data of the stopped server with the copy, and starts the server. */
  async function startCopy(): Promise<void> {
    rmSync(join(folder, 'data'), { recursive: true });
    renameSync(join(folder, 'copy'), join(folder, 'data'));
    await start();
  }

  const remove = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    /** The URL of an empty database on the server. */
    url,
    stop,
    /** Starts the server again after a stop. */
    start,
    copy,
    startCopy,
    /** Stops the server and deletes its data. */
    remove,
  };
}
