/** The schema of a SQLite file. */

import type Database from 'better-sqlite3';

import { schemaText, type SchemaColumn } from '../schema-text.ts';

/** Returns the schema of a file. */
export function sqliteSchema(file: Database.Database): string {
  const columns = file.prepare<[], Omit<SchemaColumn, 'isNullable'> & { readonly isNullable: number }>(
    `SELECT t.name || '.' || c.name AS name, c.type, c."notnull" = 0 AND c.pk = 0 AS "isNullable", c.dflt_value AS initial
     FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
     ORDER BY t.name, c.cid`,
  );
  const indexes = file.prepare<[], string>(
    `SELECT coalesce(x.sql, 'UNIQUE INDEX ON ' || x.tbl_name || ' (' ||
       (SELECT group_concat(i.name, ', ') FROM pragma_index_info(x.name) i) || ')')
     FROM sqlite_schema x WHERE x.type = 'index' ORDER BY 1`,
  );
  const rows = columns.all().map((column) => ({ ...column, isNullable: Boolean(column.isNullable) }));
  return schemaText(rows, indexes.pluck().all());
}
