/** Backs up a PostgreSQL store with `pg_dump`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import { BackupFailed } from '../store.ts';

/**
 * Parameters of a connection URL that `pg_dump` reads from environment variables. The name of the variable is the
 * parameter in upper case, with the prefix `PG`.
 */
const PARAMETERS = ['host', 'port', 'options', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

const MAX_MESSAGE_CHARACTERS = 300;

/**
 * Converts a connection URL to environment variables, because other users of the machine could read a password in an
 * argument.
 */
export function environmentOf(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const parts: [string, string][] = [
    ['PGHOST', hostname.replace(/^\[(.*)\]$/, '$1')],
    ['PGPORT', port],
    ['PGUSER', decodeURIComponent(username)],
    ['PGPASSWORD', decodeURIComponent(password)],
    ['PGDATABASE', decodeURIComponent(pathname.slice(1))],
    ...PARAMETERS.map((name): [string, string] => [`PG${name.toUpperCase()}`, searchParams.get(name) ?? '']),
  ];
  return Object.fromEntries(parts.filter(([, value]) => value !== ''));
}

/** Dumps a schema to an existing file. @throws {BackupFailed} if `pg_dump` is not installed or fails */
export async function dumpSchema(url: string, schema: string, file: string): Promise<void> {
  const args = ['--format=custom', '--no-owner', '--no-privileges', `--schema="${schema.replaceAll('"', '""')}"`];
  const env = { ...process.env, ...environmentOf(url) };
  const child = spawn('pg_dump', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close').catch((error: unknown) => error);
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (message += text.slice(0, MAX_MESSAGE_CHARACTERS)));
  const handle = await open(file, 'r+');
  try {
    await pipeline(child.stdout, handle.createWriteStream());
  } catch (error) {
    child.kill();
    throw error;
  }
  const result = await closed;
  if (!Array.isArray(result)) {
    throw new BackupFailed(
      'pg_dump cannot be run on the machine of the relay. Install the PostgreSQL client programs in the version of the ' +
        'server, or back up the database with its own tools.',
    );
  }
  if (result[0] === 0) return;
  throw new BackupFailed(`pg_dump failed: ${message.trim().slice(0, MAX_MESSAGE_CHARACTERS) || 'it gave no reason'}`);
}
