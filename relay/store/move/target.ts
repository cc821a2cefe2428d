/** Checks of the target database of a move. */

import type pg from 'pg';

import { StoreUnavailable } from '../store.ts';

/** The target database of a move, without credentials. */
export interface MoveTarget {
  /** Name, host and port of the database. */
  readonly database: string;
  readonly schema: string;
}

/** Tables that are not moved: the record of the migrations, and the running processes. */
const OTHER_TABLES = ['relay_schema', 'processes'];

const ADVICE =
  'Choose an empty database, or an empty schema with "?options=-c%20search_path%3DNAME" at the end of its URL.';

/** The tables of the current schema, except tables that belong to extensions. */
const OWN_TABLES = `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY c.relname`;

/** Returns the description of a target. */
export const targetText = ({ database, schema }: MoveTarget): string =>
  `the schema ${schema} of the database ${database}`;

async function tablesOf(client: pg.ClientBase): Promise<string[]> {
  return (await client.query<{ name: string }>(OWN_TABLES)).rows.map(({ name }) => name);
}

const movedTables = (tables: readonly string[]): string[] => tables.filter((table) => !OTHER_TABLES.includes(table));

/** @throws {StoreUnavailable} if one of the tables has a row */
async function checkEmpty(client: pg.ClientBase, target: MoveTarget, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const { rows } = await client.query(`SELECT 1 FROM ${table} LIMIT 1`);
    if (rows.length === 0) continue;
    throw new StoreUnavailable(`There is already relay data in ${targetText(target)}. ${ADVICE}`);
  }
}

/** Returns the database of a connection. @throws {StoreUnavailable} if it has data of a relay or foreign tables */
export async function readTarget(client: pg.Client): Promise<MoveTarget> {
  const { rows } = await client.query<{ schema: string | null }>('SELECT current_schema() AS schema');
  const database = `${String(client.database)} on ${client.host}:${client.port}`;
  const schema = rows[0]?.schema ?? null;
  if (schema === null) {
    throw new StoreUnavailable(
      `The database ${database} has no schema with the name in the URL. Create the schema, and repeat the command.`,
    );
  }
  const target = { database, schema };
  const tables = await tablesOf(client);
  const [first] = tables;
  if (first !== undefined && !tables.includes('relay_schema')) {
    throw new StoreUnavailable(
      `There are tables of another application in ${targetText(target)}, such as "${first}". ${ADVICE}`,
    );
  }
  await checkEmpty(client, target, movedTables(tables));
  return target;
}

/**
 * Prevents relays from adding data to a target, which has all migrations, until the end of the transaction.
 *
 * @returns the tables to which rows are moved
 * @throws {StoreUnavailable} if a relay has added data in the meantime
 */
export async function lockTarget(client: pg.ClientBase, target: MoveTarget): Promise<string[]> {
  const tables = movedTables(await tablesOf(client));
  // The lock lets a running relay read the tables, but not add a channel.
  await client.query(`LOCK TABLE ${tables.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
  await checkEmpty(client, target, tables);
  return tables;
}
