/** Statements that make many changes at once, from arrays of column values. */

import { type Change, columnOf, type Query, type Value } from '../database.ts';

/** The types of the columns of each table. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Columns of values, as parts of a statement. */
interface ValueColumns {
  /** The column definitions of the table `v`. */
  readonly names: string[];
  /** The arrays from which the table `v` is made. */
  readonly arrays: string[];
  /** An expression for the value of each column. */
  readonly expressions: string[];
}

/** Adds the values of columns to a statement's parameters. */
function addColumns(change: Change, names: readonly string[], types: ColumnTypes, values: unknown[]): ValueColumns {
  const table = 'insert' in change ? change.insert : change.update;
  const parts: ValueColumns = { names: [], arrays: [], expressions: [] };
  const addArray = (name: string, type: string, array: readonly unknown[]): void => {
    values.push(array);
    parts.names.push(name);
    parts.arrays.push(`$${values.length}::${type}[]`);
  };
  names.forEach((name, index) => {
    const type = types.get(table)?.get(columnOf(name));
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
    return `INSERT INTO ${change.insert} (${properties.map(columnOf).join(', ')}) SELECT ${expressions.join(', ')}
      FROM ${table} ON CONFLICT DO NOTHING`;
  }
  const equal = (isKey: boolean) =>
    properties.flatMap((name, index) =>
      change.keys.includes(name) === isKey ? [`${columnOf(name)} = ${expressions[index] ?? ''}`] : [],
    );
  const where = equal(true).map((condition) => `t.${condition}`);
  return `UPDATE ${change.update} AS t SET ${equal(false).join(', ')} FROM ${table} WHERE ${where.join(' AND ')}`;
}

/** Returns one statement for all changes; null if there are none. Its text depends only on the tables and columns. */
export function statementOf(changes: readonly Change[], types: ColumnTypes): Statement | null {
  const values: unknown[] = [];
  const parts = changes.filter(({ rows }) => rows.length > 0).map((change) => addChange(change, types, values));
  const [last, ...others] = parts.reverse();
  if (last === undefined) return null;
  const named = others.map((part, index) => `c${index} AS (${part})`);
  return { text: `${named.length > 0 ? `WITH ${named.join(', ')} ` : ''}${last}`, values };
}

/** The only row of {@link togetherOf}. */
export interface TogetherRow {
  readonly seqs: readonly number[];
  readonly now: number;
  /** The rows of the query with the index in the name, with the names of columns. */
  readonly [rows: `rows${number}`]: readonly object[] | undefined;
}

/** Expression for the time on the server's clock, in milliseconds since 1970. */
export const NOW = 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now';

/** Returns one statement for several queries, new sequence numbers and the time. */
export function togetherOf(queries: readonly Query[], seqCount: number): Statement {
  const values: unknown[] = [seqCount];
  const columns = queries.map(({ text, values: own }, index) => {
    const offset = values.length;
    values.push(...own);
    const numbered = text.replace(/\$(\d+)/g, (_match, number: string) => `$${Number(number) + offset}`);
    return `(SELECT coalesce(json_agg(q), '[]') FROM (${numbered}) q) AS rows${index}`;
  });
  const seqs = `(SELECT coalesce(json_agg(nextval('delivery_seq')), '[]') FROM generate_series(1, $1)) AS seqs`;
  return { text: `SELECT ${[...columns, seqs, NOW].join(', ')}`, values };
}
