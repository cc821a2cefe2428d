/** Statements in PostgreSQL's dialect that make many changes at once from arrays of column values. */

import { join, onConflict, raw, sql, type Sql, type Change, type Value } from '../database/database.ts';
import { columnOf, columnsOf, typeOf } from '../database/tables.ts';

/**
 * Returns the arrays that form the columns of a table `v`, and an expression on `v` for the value of each named column.
 */
function columnsFor(change: Change, names: readonly string[]) {
  const table = 'insert' in change ? change.insert : change.update;
  const arrays: Sql[] = [];
  /** Adds a column. Returns the name of the column. */
  function add(array: readonly Value[], type: string): Sql {
    arrays.push(sql`${array}::${raw(type)}[]`);
    return raw(`v.c${arrays.length}`);
  }
  const expressions = names.map((name): Sql => {
    const type = typeOf(table, columnOf(name));
    if (type === undefined) throw new Error(`The table ${table} has no column ${columnOf(name)}.`);
    const values = change.rows.map((row) => row[name] ?? null);
    if (type !== 'bytea') return add(values, type);
    // The driver sends a buffer unchanged, but converts an array of buffers to hexadecimal text.
    const buffers = values.map((value) => (value instanceof Uint8Array ? value : null));
    let sum = 0;
    const end = add(
      buffers.map((buffer) => (sum += buffer?.length ?? 0)),
      'integer',
    );
    // A NULL length makes the value NULL.
    const length = add(
      buffers.map((buffer) => buffer?.length ?? null),
      'integer',
    );
    const all = Buffer.concat(buffers.filter((buffer) => buffer !== null));
    return sql`substring(${all}::bytea FROM ${end} - ${length} + 1 FOR ${length})`;
  });
  return { arrays, expressions };
}

function statementFor(change: Change): Sql {
  const names = Object.keys(change.rows[0] ?? {});
  const { arrays, expressions } = columnsFor(change, names);
  const columns = raw(arrays.map((_, index) => `c${index + 1}`).join(', '));
  const table = sql`unnest(${join(arrays, ', ')}) AS v(${columns})`;
  if ('insert' in change) {
    return sql`INSERT INTO ${raw(change.insert)} (${raw(columnsOf(names))}) SELECT ${join(expressions, ', ')} FROM ${table}
      ${raw(onConflict(change.replace, names))}`;
  }
  const equal = (isKey: boolean, prefix: string) =>
    names.flatMap((name, index) =>
      change.keys.includes(name) === isKey
        ? [sql`${raw(prefix + columnOf(name))} = ${expressions[index] ?? null}`]
        : [],
    );
  return sql`UPDATE ${raw(change.update)} AS t SET ${join(equal(false, ''), ', ')} FROM ${table}
    WHERE ${join(equal(true, 't.'), ' AND ')}`;
}

/**
 * Returns one statement for all changes; null if the changes have no rows. The text of the statement depends only on
 * the tables, the columns and their order.
 */
export function statementOf(changes: readonly Change[]): Sql | null {
  const parts = changes.filter(({ rows }) => rows.length > 0).map(statementFor);
  const last = parts.pop();
  if (!last || parts.length === 0) return last ?? null;
  const named = parts.map((part, index) => sql`${raw(`p${index}`)} AS (${part})`);
  return sql`WITH ${join(named, ', ')} ${last}`;
}

/** Expression for the time on the server's clock, in milliseconds since 1970. */
export const NOW = sql`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now`;

/**
 * Returns one statement that runs several queries, allocates new sequence numbers and reads the time. The statement
 * returns one row, a {@link Together}.
 */
export function togetherOf(queries: readonly Sql[], seqCount: number): Sql {
  const rows = queries.map((query) => sql`(SELECT coalesce(json_agg(q), '[]') FROM (${query}) q)`);
  const seqs = sql`(SELECT coalesce(json_agg(nextval('delivery_seq')), '[]') FROM generate_series(1, ${seqCount}))`;
  return sql`SELECT json_build_array(${join(rows, ', ')}) AS rows, ${seqs} AS seqs, ${NOW}`;
}
