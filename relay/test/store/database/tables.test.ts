/** Compares the list of tables and columns with both databases. The types of rows and changes follow from this list. */

import { describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { flag, insertRows, sql, updateRows, type Reader } from '../../../store/database/database.ts';
import { applyMigrations, postgresMigrations } from '../../../store/postgres/postgres-store.ts';
import { openFile } from '../../../store/sqlite/open-file.ts';
import { readDatabase } from '../../../store/sqlite/sqlite-database.ts';
import { columnOf, TABLES } from '../../../store/database/tables.ts';
import { describeWithDatabase } from '../../support/test-database.ts';

/** A column of a table in a database. */
interface SchemaColumn {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly isNullable: boolean;
}

/** Describes columns as a sorted list of strings. */
const described = (columns: readonly SchemaColumn[]): string[] =>
  columns.map(({ table, column, type, isNullable }) => `${table}.${column} ${type}${isNullable ? '?' : ''}`).sort();

const declared = Object.entries(TABLES)
  .flatMap(([table, columns]) => Object.entries(columns).map(([name, type]) => `${table}.${columnOf(name)} ${type}`))
  .sort();

it('the list of tables agrees with SQLite', () => {
  const file = openFile(':memory:');
  const rows = file
    .prepare<[], { table: string; column: string; type: string; notnull: number; pk: number }>(
      `SELECT t.name AS "table", c.name AS "column", c.type, c."notnull", c.pk
       FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'last_seq'`,
    )
    .all();
  file.close();
  /** Type names in SQLite. Keys are declared as bigint or integer, but SQLite has only one integer type. */
  const names = new Map([
    ['BLOB', 'bytea'],
    ['TEXT', 'text'],
    ['INTEGER', 'bigint'],
  ]);
  const columns = rows.map(({ table, column, type, notnull, pk }) => ({
    table,
    column,
    type: names.get(type) ?? type,
    isNullable: notnull === 0 && pk === 0,
  }));
  expect(described(columns)).toEqual(declared.map((text) => text.replace(/ integer\b/, ' bigint')));
});

describeWithDatabase('the list of tables', (database) => {
  it('agrees with PostgreSQL', async () => {
    const client = new pg.Client({ connectionString: await database.newSchema() });
    await client.connect();
    await client.query('BEGIN');
    await applyMigrations(client, postgresMigrations());
    const { rows } = await client.query<SchemaColumn>(
      `SELECT table_name AS "table", column_name AS "column", data_type AS type, is_nullable = 'YES' AS "isNullable"
       FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'relay_schema'`,
    );
    await client.end();
    expect(described(rows)).toEqual(declared);
  });
});

describe('a change', () => {
  it('has columns of its table only', () => {
    const rows = [{ id: 'p', heartbeat: 1 }];
    const mistyped = [{ id: 'p', heartbeat: 1, heartbeats: 2 }];
    const nullable = [{ id: 'p', heartbeat: null }];
    // @ts-expect-error -- There is no such column.
    expect(insertRows('processes', mistyped)).toHaveProperty('rows', mistyped);
    // @ts-expect-error -- The column is never NULL.
    expect(insertRows('processes', nullable)).toHaveProperty('rows', nullable);
    // @ts-expect-error -- There is no such column.
    expect(updateRows('processes', ['ids'], rows)).toHaveProperty('rows', rows);
    // @ts-expect-error -- There is no such table.
    expect(insertRows('process', rows)).toHaveProperty('rows', rows);
    expect(insertRows('processes', rows)).toEqual({ insert: 'processes', replace: null, rows });
  });
});

describe('a row type', () => {
  const { all }: Reader = { all: () => Promise.resolve([]) };
  const query = sql`SELECT 1`;

  it('has the columns of tables, with their types, and the values that statements compute', async () => {
    const rows = await Promise.all([
      all<{ seq: number; failure: string | null; isDead: boolean; count: number }>(query),
      // @ts-expect-error -- No column or computed value has this name.
      all<{ recievedAt: number }>(query),
      // @ts-expect-error -- The column is not a text column.
      all<{ receivedAt: string }>(query),
      // @ts-expect-error -- The computed value is a boolean.
      all<{ isDead: number }>(query),
      // @ts-expect-error -- The column can be NULL.
      all<{ pausedAt: number }>(query),
      all<{ pausedAt: number }, 'pausedAt'>(query),
      // A joined table can have NULL in any column.
      all<{ receivedAt: number | null }>(query),
      // In one of the tables, the column with this name is never NULL.
      all<{ endedAt: number }>(query),
    ]);
    expect(rows.flat()).toEqual([]);
  });
});

it('SQLite returns the booleans of tables and of conditions as booleans, and other values as they are', async () => {
  const file = openFile(':memory:');
  file.exec("INSERT INTO digests (channel, digest, received_at, has_events) VALUES (1, 'd', 1, false)");
  const { all } = readDatabase(() => file, Date.now);
  const [row] = await all(sql`
    SELECT has_events, has_events AS had_events, channel, ${flag('isPending', sql`channel = 1`)}, channel = 1 AS is_first
    FROM digests`);
  file.close();
  expect(row).toEqual({ hasEvents: false, hadEvents: false, channel: 1, isPending: true, isFirst: 1 });
});
