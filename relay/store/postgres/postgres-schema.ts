/** The schema of a PostgreSQL store. */

import type pg from 'pg';

import { schemaText, type SchemaColumn } from '../schema-text.ts';

/** Returns the current schema of a connection, in the same format for all versions of the server. */
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
  return schemaText(
    columns.rows,
    others.rows.map(({ line }) => line),
  );
}
