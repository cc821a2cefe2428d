/**
 * The schema of a store as text: a line for each column, index and setting. `relay/store/schema/` contains the schemas that
 * the migrations produce, so that a migration is reviewed as a change of its result.
 */

import type Database from 'better-sqlite3';
import type pg from 'pg';

/** A column, as a database describes it. */
interface SchemaColumn {
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  /** The default value as SQL; null if there is none. */
  readonly initial: string | null;
}

const columnLine = ({ name, type, isNullable, initial }: SchemaColumn): string =>
  `${name} ${type}${isNullable ? '' : ' NOT NULL'}${initial === null ? '' : ` DEFAULT ${initial}`}`;

const textOf = (columns: readonly SchemaColumn[], others: readonly string[]): string =>
  [...columns.map(columnLine), ...others].map((line) => `${line}\n`).join('');

/** Returns the schema of a SQLite file. */
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
  return textOf(rows, indexes.pluck().all());
}

/** Returns the current schema of a connection to PostgreSQL, in the same format for all versions of the server. */
export async function postgresSchema(client: Pick<pg.ClientBase, 'query'>): Promise<string> {
  const isOwn = 'c.relnamespace = current_schema()::regnamespace';
  const columns = await client.query<SchemaColumn>(
    `SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS "isNullable", CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END AS initial
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE ${isOwn} AND c.relkind = 'r' ORDER BY c.relname COLLATE "C", a.attnum`,
  );
  const others = await client.query<{ line: string }>(
    `SELECT CASE c.relkind WHEN 'i' THEN pg_get_indexdef(c.oid, 0, true) WHEN 'S' THEN 'SEQUENCE ' || c.relname
       ELSE c.relname || ' WITH ' || array_to_string(c.reloptions, ', ') END COLLATE "C" AS line
     FROM pg_class c WHERE ${isOwn} AND (c.relkind IN ('i', 'S') OR c.reloptions IS NOT NULL) ORDER BY line`,
  );
  return textOf(
    columns.rows,
    others.rows.map(({ line }) => line),
  );
}
