/** Moves a store from a SQLite file to a PostgreSQL database in a single transaction. */

import Database from 'better-sqlite3';
import pg from 'pg';

import { nameOf } from '../../log.ts';
import type { RowValues, Value } from '../database/database.ts';
import { statementOf } from '../postgres/changes.ts';
import { CONNECT_MS, reasonOf, types } from '../postgres/postgres-database.ts';
import { prepareSchema } from '../postgres/postgres-store.ts';
import { SEND_STATES } from '../rows/send.ts';
import { markAsMoved, openExistingFile } from '../sqlite/open-file.ts';
import { StoreUnavailable } from '../store.ts';

const QUERY_MS = 10 * 60_000;

const DISK_FULL = '53100';

/** Tables that are not moved: the applied migrations, and the running processes. */
const OTHER_TABLES = ['relay_schema', 'processes'];

const ADVICE =
  'Choose an empty database, or an empty schema with "?options=-c%20search_path%3DNAME" at the end of its URL.';

/**
 * The plan of a possible move: the number of rows of each kind that the file contains, and the target database. Only
 * deliveries with content are counted.
 */
export interface MovePlan {
  readonly channels: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  readonly deadLetters: number;
  /** Name, host and port of the database, without credentials. */
  readonly database: string;
  readonly schema: string;
}

/** Returns the description of the target of a move. */
export const targetText = ({ database, schema }: Pick<MovePlan, 'database' | 'schema'>): string =>
  `the schema ${schema} of the database ${database}`;

/**
 * Makes the commit durable even if the server's default is asynchronous commit, and allows pauses between statements.
 */
const SETTINGS = `SET LOCAL idle_in_transaction_session_timeout = 0;
  SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`;

/** The tables of the current schema, except tables that belong to extensions. */
const OWN_TABLES = `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY c.relname`;

const tablesOf = async (client: pg.Client): Promise<string[]> =>
  (await client.query<{ name: string }>(OWN_TABLES)).rows.map(({ name }) => name);

/**
 * Creates the tables of a target in a transaction, and prevents relays from adding data until the transaction ends.
 * Returns the target and the tables that receive rows.
 *
 * @throws {StoreUnavailable} if the schema does not exist, or contains relay data or tables of another application
 */
async function prepareTarget(client: pg.Client) {
  await client.query('BEGIN');
  await client.query(SETTINGS);
  const { rows } = await client.query<{ schema: string | null }>('SELECT current_schema() AS schema');
  const database = `${String(client.database)} on ${client.host}:${client.port}`;
  const schema = rows[0]?.schema ?? null;
  if (schema === null) {
    throw new StoreUnavailable(
      `The database ${database} has no schema with the name in the URL. Create the schema, and repeat the command.`,
    );
  }
  const target = { database, schema };
  const existing = await tablesOf(client);
  if (existing[0] !== undefined && !existing.includes('relay_schema')) {
    throw new StoreUnavailable(
      `There are tables of another application in ${targetText(target)}, such as "${existing[0]}". ${ADVICE}`,
    );
  }
  await prepareSchema(client, targetText(target));
  // Delete the origin that a relay left in the database before any channel was registered.
  await client.query('DELETE FROM relay_origin');
  const tables = (await tablesOf(client)).filter((table) => !OTHER_TABLES.includes(table));
  // The lock allows a running relay to read the tables, but not to add a channel.
  await client.query(`LOCK TABLE ${tables.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
  for (const table of tables) {
    if ((await client.query(`SELECT 1 FROM ${table} LIMIT 1`)).rows.length === 0) continue;
    throw new StoreUnavailable(`There is already relay data in ${targetText(target)}. ${ADVICE}`);
  }
  return { target, tables };
}

/** Returns the error for a move that changed nothing, with advice on how to fix the cause. */
const nothingMoved = (error: unknown) => new StoreUnavailable(`Nothing was moved. ${adviceOn(error)}`);

function adviceOn(error: unknown): string {
  if (error instanceof StoreUnavailable) return error.message;
  const code = nameOf(error);
  if (code.startsWith('SQLITE_')) return `The SQLite file cannot be read (${code}). Restore it from a backup.`;
  const isFull = error instanceof pg.DatabaseError && error.code === DISK_FULL;
  return `The database failed: ${reasonOf(error)} ${isFull ? 'Free space on its disk' : 'Correct this'}, and repeat the command.`;
}

/** Marks a file as moved. Returns false if the file cannot be changed. */
function mark(source: Database.Database): boolean {
  try {
    markAsMoved(source, Date.now());
    return true;
  } catch {
    return false;
  }
}

/** Size in bytes at which a batch of rows ends. A single row can be as large as 10 MB. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Returns the approximate size of a value in bytes. */
const sizeOf = (value: Value): number => (typeof value === 'string' || value instanceof Uint8Array ? value.length : 8);

/** Returns the rows of a table in batches, so that the memory needed does not depend on the size of the table. */
function* batchesOf(source: Database.Database, table: string): Generator<RowValues[]> {
  let batch: RowValues[] = [];
  let bytes = 0;
  for (const row of source.prepare<[], RowValues>(`SELECT * FROM ${table}`).iterate()) {
    batch.push(row);
    bytes += Object.values(row).reduce((sum: number, value) => sum + sizeOf(value), 0);
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  yield batch;
}

/** Sets the generators of keys and sequence numbers to the last values in the file, so that no value is reused. */
async function continueSequences(source: Database.Database, client: pg.ClientBase): Promise<void> {
  const keys = source.prepare<[], { name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence').all();
  for (const { name, seq } of keys) {
    await client.query(`SELECT setval(pg_get_serial_sequence($1, 'key'), $2)`, [name, seq]);
  }
  const newest = Number(source.prepare('SELECT seq FROM last_seq').pluck().get());
  await client.query(`SELECT setval('delivery_seq', $1) WHERE $1 > 0`, [newest]);
}

/** Copies tables into empty tables with the same columns. @throws {StoreUnavailable} if a row was not stored */
async function copyTables(source: Database.Database, client: pg.ClientBase, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    for (const rows of batchesOf(source, table)) {
      const statement = statementOf([{ insert: table, replace: null, rows }]);
      const inserted = statement ? (await client.query(statement.text, statement.values)).rowCount : 0;
      if (inserted === rows.length) continue;
      throw new StoreUnavailable(
        `The database has stored ${inserted} of ${rows.length} rows of ${table}. The relay has a bug: report this line to ` +
          'its developers.',
      );
    }
  }
  await continueSequences(source, client);
}

async function moveInto(source: Database.Database, client: pg.Client, confirm: (plan: MovePlan) => boolean) {
  let plan: MovePlan;
  // After a failure, closing the connection rolls the transaction back.
  try {
    await client.connect();
    const { target, tables } = await prepareTarget(client);
    const count = (rows: string): number => Number(source.prepare(`SELECT count(*) FROM ${rows}`).pluck().get());
    plan = {
      ...target,
      channels: count('channels WHERE deleted_at IS NULL'),
      subscriptions: count('subscriptions WHERE ended_at IS NULL'),
      deliveries: count('deliveries'),
      deadLetters: count(`sends WHERE state = ${SEND_STATES.dead}`),
    };
    if (!confirm(plan)) return { plan, isMarked: false };
    await copyTables(source, client, tables);
    // Without statistics, the relay's first statements would be slow.
    await client.query(`ANALYZE ${tables.join(', ')}`);
  } catch (error) {
    throw nothingMoved(error);
  }
  await client.query('COMMIT').catch((error: unknown) => {
    if (error instanceof pg.DatabaseError) throw nothingMoved(error);
    throw new StoreUnavailable(
      `The move may be complete: the database did not confirm it (${reasonOf(error)}). Repeat the command. If it then ` +
        'reports that there is already relay data, the move is complete: set RELAY_DATABASE_URL, and never start a relay with the ' +
        'SQLite file again.',
    );
  });
  return { plan, isMarked: mark(source) };
}

/**
 * Moves all data from a SQLite file to an empty database or schema of PostgreSQL, and marks the file as moved.
 * `isMarked` in the result is false if the file could not be marked. A relay would still use a file without the mark.
 *
 * @param confirm - called once the move is known to be possible. If the function returns false, nothing is moved.
 * @throws {StoreUnavailable} if nothing was moved; the message contains no credentials
 */
export async function move(path: string, url: string, confirm: (plan: MovePlan) => boolean = () => true) {
  const source = openExistingFile(path);
  const settings = {
    keepAlive: true,
    application_name: 'tutorcruncher-zapier-relay-move',
    query_timeout: QUERY_MS,
    types,
  };
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, ...settings });
  client.on('error', () => undefined);
  try {
    return await moveInto(source, client, confirm);
  } finally {
    await client.end().catch(() => undefined);
    source.close();
  }
}
