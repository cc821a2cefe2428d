/** Statements that make many changes at once, from arrays of column values. */

import { columnOf, columnsOf, onConflict, type Change, type Query, type Value } from '../database.ts';

/** The types of columns, which are named with their tables, such as `sends.seq`. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** Adds values to the parameters. Returns the names and arrays of a table `v`, and an expression for each value. */
function addColumns(change: Change, names: readonly string[], types: ColumnTypes, values: unknown[]) {
  const table = 'insert' in change ? change.insert : change.update;
  const parts = { names: [] as string[], arrays: [] as string[], expressions: [] as string[] };
  const addArray = (name: string, type: string, array: readonly unknown[]): void => {
    values.push(array);
    parts.names.push(name);
    parts.arrays.push(`$${values.length}::${type}[]`);
  };
  names.forEach((name, index) => {
    const type = types.get(`${table}.${columnOf(name)}`);
    if (type === undefined) throw new Error(`The table ${table} has no column ${columnOf(name)}.`);
    const array = change.rows.map((row): Value => row[name] ?? null);
    if (type !== 'bytea') {
      addArray(`v${index}`, type, array);
      parts.expressions.push(`v.v${index}`);
      return;
    }
    // The driver sends a buffer as it is, but converts an array of buffers to hexadecimal text.
    const buffers = array.map((value) => (value instanceof Uint8Array ? value : null));
    let end = 0;
    const ends = buffers.map((buffer) => (end += buffer?.length ?? 0));
    addArray(`e${index}`, 'integer', ends);
    // A length of NULL makes the value NULL.
    const lengths = buffers.map((buffer) => buffer?.length ?? null);
    addArray(`l${index}`, 'integer', lengths);
    values.push(Buffer.concat(buffers.filter((buffer) => buffer !== null)));
    parts.expressions.push(`substring($${values.length}::bytea FROM v.e${index} - v.l${index} + 1 FOR v.l${index})`);
  });
  return parts;
}

function addChange(change: Change, types: ColumnTypes, values: unknown[]): string {
  const properties = Object.keys(change.rows[0] ?? {});
  const { names, arrays, expressions } = addColumns(change, properties, types, values);
  const table = `unnest(${arrays.join(', ')}) AS v(${names.join(', ')})`;
  if ('insert' in change) {
    return `INSERT INTO ${change.insert} (${columnsOf(properties)}) SELECT ${expressions.join(', ')} FROM ${table}
      ${onConflict(change.replace, properties)}`;
  }
  const equal = (isKey: boolean) =>
    properties.flatMap((name, index) =>
      change.keys.includes(name) === isKey ? [`${columnOf(name)} = ${expressions[index] ?? ''}`] : [],
    );
  const where = equal(true).map((condition) => `t.${condition}`);
  return `UPDATE ${change.update} AS t SET ${equal(false).join(', ')} FROM ${table} WHERE ${where.join(' AND ')}`;
}

/** Returns one statement for all changes; null if there are none. Its text depends only on the tables and columns. */
export function statementOf(changes: readonly Change[], types: ColumnTypes) {
  const values: unknown[] = [];
  const parts = changes.filter(({ rows }) => rows.length > 0).map((change) => addChange(change, types, values));
  const [last, ...others] = parts.reverse();
  if (last === undefined) return null;
  const named = others.map((part, index) => `c${index} AS (${part})`);
  return { text: `${named.length > 0 ? `WITH ${named.join(', ')} ` : ''}${last}`, values };
}

/** Expression for the time on the server's clock, in milliseconds since 1970. */
export const NOW = 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now';

/** Returns one statement for several queries, new sequence numbers and the time. Its only row is a {@link Together}. */
export function togetherOf(queries: readonly Query[], seqCount: number) {
  const values: unknown[] = [seqCount];
  const rows = queries.map(({ text, values: own }) => {
    const offset = values.length;
    values.push(...own);
    const numbered = text.replace(/\$(\d+)/g, (_match, number: string) => `$${Number(number) + offset}`);
    return `(SELECT coalesce(json_agg(q), '[]') FROM (${numbered}) q)`;
  });
  const seqs = `(SELECT coalesce(json_agg(nextval('delivery_seq')), '[]') FROM generate_series(1, $1)) AS seqs`;
  return { text: `SELECT json_build_array(${rows.join(', ')}) AS rows, ${seqs}, ${NOW}`, values };
}
