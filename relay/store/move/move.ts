/** The move of a store from a SQLite file to a PostgreSQL database, in a single transaction. */

import Database from 'better-sqlite3';
import pg from 'pg';

import { nameOf } from '../../log.ts';
import { CONNECT_MS, reasonOf, types } from '../postgres/connection.ts';
import { applyMigrations, columnTypes, postgresMigrations } from '../postgres/migrate.ts';
import { SEND_STATES } from '../send.ts';
import { markAsMoved, openExistingFile } from '../sqlite/open-file.ts';
import { StoreUnavailable } from '../store.ts';
import { copyTables } from './copy.ts';
import { lockTarget, readTarget, type MoveTarget } from './target.ts';

/** Time limit of a statement in milliseconds. */
const QUERY_MS = 10 * 60_000;

/** SQLSTATE for a full disk. */
const DISK_FULL = '53100';

/** The plan of a possible move: the numbers of rows in the file, and the target database. Deliveries have content. */
export interface MovePlan extends MoveTarget {
  readonly channels: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  readonly deadLetters: number;
}

/** The result of a move. */
export interface Move {
  readonly plan: MovePlan;
  /** True if the data was moved and the file was marked as moved. Otherwise, a relay would still use the file. */
  readonly isMarked: boolean;
}

/** Makes the commit durable even if that is not the server's default, and allows pauses between statements. */
const SETTINGS = `SET LOCAL idle_in_transaction_session_timeout = 0;
  SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`;

/** Checks the database, and counts the rows in the file. */
async function planMove(source: Database.Database, client: pg.Client): Promise<MovePlan> {
  const target = await readTarget(client);
  const count = (rows: string): number => Number(source.prepare(`SELECT count(*) FROM ${rows}`).pluck().get());
  return {
    ...target,
    channels: count('channels WHERE deleted_at IS NULL'),
    subscriptions: count('subscriptions WHERE ended_at IS NULL'),
    deliveries: count('deliveries'),
    deadLetters: count(`sends WHERE state = ${SEND_STATES.dead}`),
  };
}

/** Copies all tables in a transaction, which the caller commits. */
async function copyAll(source: Database.Database, client: pg.ClientBase, target: MoveTarget): Promise<void> {
  await client.query('BEGIN');
  await client.query(SETTINGS);
  await applyMigrations(client, postgresMigrations());
  const tables = await lockTarget(client, target);
  await copyTables(source, client, tables, await columnTypes(client));
  // Without statistics, the relay's first statements would be slow.
  await client.query(`ANALYZE ${tables.join(', ')}`);
}

/** Returns the reason for a failed move, and advice on how to fix it. */
function adviceOn(error: unknown): string {
  if (error instanceof StoreUnavailable) return error.message;
  const code = nameOf(error);
  if (code.startsWith('SQLITE_')) return `The SQLite file cannot be read (${code}). Restore it from a backup.`;
  const isFull = error instanceof pg.DatabaseError && error.code === DISK_FULL;
  return `The database failed: ${reasonOf(error)} ${isFull ? 'Free space on its disk' : 'Correct this'}, and repeat the command.`;
}

/** Returns the error for a move that changed nothing. */
const failureOf = (error: unknown): StoreUnavailable => new StoreUnavailable(`Nothing was moved. ${adviceOn(error)}`);

/** Marks a file as moved. Returns false if the file is not writable. */
function mark(source: Database.Database): boolean {
  try {
    source.transaction(() => {
      markAsMoved(source, Date.now());
    })();
    return true;
  } catch {
    return false;
  }
}

async function moveInto(
  source: Database.Database,
  client: pg.Client,
  confirm: (plan: MovePlan) => boolean,
): Promise<Move> {
  // After a failure, closing the connection rolls the transaction back.
  const orFail = (error: unknown): never => {
    throw failureOf(error);
  };
  await client.connect().catch(orFail);
  const plan = await planMove(source, client).catch(orFail);
  if (!confirm(plan)) return { plan, isMarked: false };
  await copyAll(source, client, plan).catch(orFail);
  await client.query('COMMIT').catch((error: unknown) => {
    if (error instanceof pg.DatabaseError) throw failureOf(error);
    throw new StoreUnavailable(
      `The move may be complete: the database did not confirm it (${reasonOf(error)}). Repeat the command. If it says that ` +
        'there is already relay data, the move is complete: set RELAY_DATABASE_URL, and never start a relay with the ' +
        'SQLite file again.',
    );
  });
  return { plan, isMarked: mark(source) };
}

/**
 * Moves all data from a SQLite file to a PostgreSQL database, and marks the file as moved. A failed move changes
 * neither the file nor the database.
 *
 * @param path - path of the SQLite file, which no relay may be using
 * @param url - the URL of an empty database or schema
 * @param confirm - called when the move is known to be possible, before anything is written. If it returns false, nothing
 *   is moved.
 * @throws {StoreUnavailable} if nothing was moved; the message contains no credentials
 */
export async function move(
  path: string,
  url: string,
  confirm: (plan: MovePlan) => boolean = () => true,
): Promise<Move> {
  const source = openExistingFile(path);
  const client = new pg.Client({
    ...{ connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: QUERY_MS, types },
    keepAlive: true,
    application_name: 'tutorcruncher-zapier-relay-move',
  });
  client.on('error', () => undefined);
  try {
    return await moveInto(source, client, confirm);
  } finally {
    await client.end().catch(() => undefined);
    source.close();
  }
}
