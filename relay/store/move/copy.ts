/** Copies of all tables of a SQLite file in a PostgreSQL database. Both have the same tables and columns. */

import type Database from 'better-sqlite3';
import type pg from 'pg';

import type { RowValues, Value } from '../database.ts';
import { statementOf, withNumbers, type ColumnTypes } from '../postgres/changes.ts';
import { StoreUnavailable } from '../store.ts';

/** Size in bytes at which a batch of rows ends. A row may have 10 MB. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Returns the approximate size of a value in bytes. */
const sizeOf = (value: Value): number => (typeof value === 'string' || value instanceof Uint8Array ? value.length : 8);

/** Returns the rows of a table in batches, so that the memory needed does not depend on its size. */
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

/** Continues the generated keys and sequence numbers, so that none is used again. */
async function continueSequences(source: Database.Database, client: pg.ClientBase): Promise<void> {
  const keys = source.prepare<[], { name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence').all();
  for (const { name, seq } of keys) {
    await client.query(`SELECT setval(pg_get_serial_sequence($1, 'key'), $2)`, [name, seq]);
  }
  const newest = Number(source.prepare('SELECT seq FROM last_seq').pluck().get());
  await client.query(`SELECT setval('delivery_seq', $1) WHERE $1 > 0`, [newest]);
}

/** Copies tables into empty tables with columns of the given types. @throws {StoreUnavailable} if a row is left out */
export async function copyTables(
  source: Database.Database,
  client: pg.ClientBase,
  tables: readonly string[],
  types: ColumnTypes,
): Promise<void> {
  for (const table of tables) {
    for (const rows of batchesOf(source, table)) {
      const statement = statementOf([{ insert: table, rows }], types);
      const inserted = statement
        ? (await client.query(withNumbers(statement.text), [...statement.values])).rowCount
        : 0;
      if (inserted === rows.length) continue;
      throw new StoreUnavailable(
        `The database has stored ${inserted} of ${rows.length} rows of ${table}. The relay has a bug: report this line to ` +
          'its developers.',
      );
    }
  }
  await continueSequences(source, client);
}
