/** A PostgreSQL of one's own for tests, chaos and bench: from the installed binaries, in a temporary folder. */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import pg from 'pg';

import { freePort } from './relay-process.ts';

/** Where Debian, which keeps servers off the PATH, puts each version. */
const DEBIAN = '/usr/lib/postgresql';
const START_MS = 30_000;

/** A running PostgreSQL, all for the one who started it. */
export interface Cluster {
  /** The connection string of an empty database. */
  readonly url: string;
  readonly version: string;
  /** Ends the server: `fast` cleanly, `immediate` as if it had crashed. */
  readonly stop: (how: 'fast' | 'immediate') => Promise<void>;
  /** Starts it again after {@link Cluster.stop}. */
  readonly start: () => Promise<void>;
  /** Ends the server and removes all that it held. */
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

/** The folder of the installed server's binaries; null when there is none. */
export function findPostgres(): string | null {
  const folders = [...debianFolders(), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name)))) ?? null;
}

/** PostgreSQL refuses to run as root, so root starts it as the user that Debian's package makes for it. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Makes and starts a cluster on a free port of this machine. What it writes is as durable as a real one's.
 *
 * @throws when PostgreSQL isn't installed, or doesn't start
 */
export async function startCluster(): Promise<Cluster> {
  const bin = findPostgres();
  if (bin === null)
    throw new Error('PostgreSQL is not installed: no initdb and postgres in /usr/lib/postgresql or PATH.');
  const user = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'relay-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const run = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'relay', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'],
    { ...run, stdio: ['ignore', 'ignore', 'pipe'] },
  );

  const port = await freePort();
  const url = `postgres://relay@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | null = null;
  const killWithUs = () => server?.kill('SIGQUIT');

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
      join(bin ?? '', 'postgres'),
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...run, stdio: 'ignore' },
    );
    server = child;
    const giveUpAt = Date.now() + START_MS;
    while (!(await answers(url))) {
      if (hasEnded(child) || Date.now() > giveUpAt) throw new Error('PostgreSQL does not start.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function stop(how: 'fast' | 'immediate'): Promise<void> {
    if (!server || hasEnded(server)) return;
    const exit = once(server, 'exit');
    // What `pg_ctl stop` sends.
    server.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exit;
  }

  async function remove(): Promise<void> {
    await stop('immediate');
    process.off('exit', killWithUs);
    rmSync(folder, { recursive: true, force: true });
  }

  process.on('exit', killWithUs);
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  const version = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
  return { url, version, stop, start, remove };
}
