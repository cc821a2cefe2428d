/** The move of a store from a SQLite file to a PostgreSQL database, in a single transaction. */

import Database from 'better-sqlite3';
import pg from 'pg';

import { nameOf } from '../../log.ts';
import { CONNECT_MS, types } from '../postgres/connections.ts';
import { applyMigrations, postgresMigrations } from '../postgres/migrate.ts';
import { reasonOf } from '../postgres/reason.ts';
import { markAsMoved, openExistingFile } from '../sqlite/open-file.ts';
import { StoreUnavailable } from '../store.ts';
import { COMPARED_NUMBERS, MOVED_TABLES, type MovedTable } from './tables.ts';
import { lockTarget, readTarget, type MoveTarget } from './target.ts';

/**
 * Size of a batch of rows as JSON, in characters. A single row may have 20 million characters: 10 MB of content in
 * hexadecimal digits.
 */
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/** Time limit of a statement in milliseconds. */
const QUERY_MS = 10 * 60_000;

/** SQLSTATE for a full disk. */
const DISK_FULL = '53100';

/** The plan of a possible move: the numbers of rows in the file, and the target database. */
export interface MovePlan extends MoveTarget {
  readonly channels: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  readonly deadLetters: number;
}

/** A completed move. */
export interface MovedRows extends MovePlan {
  /** True if the file was marked as moved. Otherwise, a relay would still use the file. */
  readonly isMarked: boolean;
}

/**
 * Makes the commit durable even if the server's default is not to wait for the disk, and allows pauses between
 * statements.
 */
const SETTINGS = `SET LOCAL idle_in_transaction_session_timeout = 0;
  SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`;

/** Returns a row as JSON for `json_populate_recordset`, with binary data in PostgreSQL's hexadecimal format. */
const jsonOf = (row: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [
        column,
        Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value,
      ]),
    ),
  );

/** Copies a table in batches, so that the memory needed does not depend on its size. */
async function copy(source: Database.Database, client: pg.ClientBase, table: MovedTable): Promise<void> {
  const statement = source.prepare(table.select);
  const columns = statement.columns().map(({ name }) => name);
  const values = columns.map((name) => (table.jsonColumns?.includes(name) ? `(${name} #>> '{}')::json` : name));
  const insert = `INSERT INTO ${table.name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(', ')} FROM json_populate_recordset(NULL::${table.name}, $1::json)`;
  let batch: string[] = [];
  let characters = 0;
  const send = async (): Promise<void> => {
    const rows = `[${batch.join(',')}]`;
    batch = [];
    characters = 0;
    await client.query(insert, [rows]);
  };
  for (const row of statement.iterate() as IterableIterator<Readonly<Record<string, unknown>>>) {
    const text = jsonOf(row);
    batch.push(text);
    characters += text.length;
    if (characters >= BATCH_CHARACTERS) await send();
  }
  if (batch.length > 0) await send();
  if (!table.hasGeneratedIds) return;
  await client.query(
    `SELECT setval(pg_get_serial_sequence('${table.name}', 'id'), max(id)) FROM ${table.name} HAVING count(*) > 0`,
  );
}

/** @throws {StoreUnavailable} if a number differs between the stores */
async function compareNumbers(source: Database.Database, client: pg.ClientBase): Promise<void> {
  for (const { name, sqlite, postgres } of COMPARED_NUMBERS) {
    const expected = Number(source.prepare(sqlite).pluck().get());
    const { rows } = await client.query<[number]>({ text: postgres, rowMode: 'array' });
    const moved = Number(rows[0]?.[0]);
    if (moved === expected) continue;
    throw new StoreUnavailable(
      `The ${name} is ${expected} in the SQLite file, and would be ${moved} in the database. The relay has a bug: report ` +
        'this line to its developers.',
    );
  }
}

/** Checks the database, and counts the rows in the file. */
async function planMove(source: Database.Database, client: pg.Client): Promise<MovePlan> {
  const target = await readTarget(client);
  const counts = new Map(
    MOVED_TABLES.map(({ name, select }) => [
      name,
      Number(source.prepare(`SELECT count(*) FROM (${select})`).pluck().get()),
    ]),
  );
  const rowsOf = (table: string): number => counts.get(table) ?? 0;
  return {
    ...target,
    channels: rowsOf('channels'),
    subscriptions: rowsOf('subscriptions'),
    deliveries: rowsOf('deliveries'),
    deadLetters: rowsOf('dead_letters'),
  };
}

/** Copies all tables and compares the counts, within the caller's transaction. */
async function copyAll(source: Database.Database, client: pg.ClientBase, target: MoveTarget): Promise<void> {
  await client.query(SETTINGS);
  await applyMigrations(client, postgresMigrations());
  await lockTarget(client, target);
  for (const table of MOVED_TABLES) await copy(source, client, table);
  // Makes the relay examine every channel when it starts, to schedule the next attempts.
  await client.query('UPDATE channels SET due_at = relay_now()');
  await compareNumbers(source, client);
  // Without statistics, the relay's first statements would be slow.
  await client.query(`ANALYZE ${MOVED_TABLES.map(({ name }) => name).join(', ')}`);
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
  announce: (plan: MovePlan) => void,
): Promise<MovedRows> {
  let plan: MovePlan;
  try {
    await client.connect();
    plan = await planMove(source, client);
  } catch (error) {
    throw failureOf(error);
  }
  announce(plan);
  try {
    await client.query('BEGIN');
    await copyAll(source, client, plan);
  } catch (error) {
    // Closing the connection rolls the transaction back.
    throw failureOf(error);
  }
  try {
    await client.query('COMMIT');
  } catch (error) {
    if (error instanceof pg.DatabaseError) throw failureOf(error);
    throw new StoreUnavailable(
      `The move may be complete: the database did not confirm it (${reasonOf(error)}). Repeat the command. If it says that ` +
        'there is already relay data, the move is complete: set RELAY_DATABASE_URL, and never start a relay with the ' +
        'SQLite file again.',
    );
  }
  return { ...plan, isMarked: mark(source) };
}

/**
 * Moves all data from a SQLite file to a PostgreSQL database, and marks the file as moved. A failed move changes
 * neither the file nor the database.
 *
 * @param path - path of the SQLite file, which no relay may be using
 * @param url - the URL of an empty database or schema
 * @param announce - called when the move is known to be possible, before anything is written. If it throws, nothing is
 *   moved, and the caller receives the error.
 * @throws {StoreUnavailable} if nothing was moved; the message contains no credentials
 */
export async function move(
  path: string,
  url: string,
  announce: (plan: MovePlan) => void = () => undefined,
): Promise<MovedRows> {
  const source = openExistingFile(path);
  const client = new pg.Client({
    ...{ connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: QUERY_MS, types },
    keepAlive: true,
    application_name: 'tutorcruncher-zapier-relay-move',
  });
  client.on('error', () => undefined);
  try {
    return await moveInto(source, client, announce);
  } finally {
    await client.end().catch(() => undefined);
    source.close();
  }
}
