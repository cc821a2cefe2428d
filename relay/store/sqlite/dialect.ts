/** Translation of the store's statements to SQLite; see `database.ts`. */

import type { Value } from '../database.ts';

/** Returns the text of a statement in SQLite's dialect. */
export const toSqlite = (text: string): string =>
  text
    .replace(/\bidentity PRIMARY KEY\b/g, 'INTEGER PRIMARY KEY AUTOINCREMENT')
    .replace(/\bbigint PRIMARY KEY\b/g, 'INTEGER PRIMARY KEY')
    .replace(/\bbytea\b/g, 'BLOB')
    .replace(/= ANY\(\$(\d+)\)/g, 'IN (SELECT value FROM json_each(?$1))')
    .replace(/\$(\d+)/g, '?$1')
    .replace(/ FOR UPDATE( OF \w+)?( SKIP LOCKED)?/g, '');

/** Converts a parameter to a value that SQLite accepts. */
export function toSqliteValue(value: Value): number | string | Uint8Array | null {
  if (typeof value === 'boolean') return Number(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  return value as number | string | Uint8Array | null;
}
