/**
 * The driver interface. Statements are written once, in the part of SQL that SQLite and PostgreSQL share:
 *
 * - An array is used as `= ANY(${array})` only. Question marks are used for parameters only.
 * - Constant limits, and the states of sends in conditions, are written into the statement. With parameters, SQLite
 *   would prepare the statement again each time, and PostgreSQL could not use partial indexes.
 * - `FOR UPDATE` and `SKIP LOCKED` lock rows in PostgreSQL. In SQLite, transactions run one after another.
 * - Every column is named. With `*`, a migration would break the prepared statements of running relays.
 * - Sums and other expressions without a column type are cast to bigint.
 * - Rows have the names of their columns in camel case. Columns of type `json` are returned as values, written as text,
 *   and compared after a cast to text. A computed boolean is written with `flag`.
 *
 * The compiler checks the columns of changes and rows against `tables.ts`, but only running a statement shows whether
 * it selects the columns of its row. Kysely would check whole statements. Kysely was tried and rejected, because
 * statements grew to three times their length, and changes from arrays would have remained SQL.
 */

import tag, { join as joinParts, raw as rawText, Sql } from 'sql-template-tag';

import type { CheckedRow, ColumnName, ComputedBoolean, TableName, WrittenRow } from './row-types.ts';
import { columnOf, columnsOf } from './tables.ts';

/** A statement or part of a statement. `Sql` is a class, so that no value from a request can be mistaken for SQL. */
export { Sql };

/** Listener for new deliveries in a channel and for changes to its subscriptions. */
export type OnChange = (channel: string, what: 'deliveries' | 'subscriptions') => void;

/** A parameter or a column value. */
export type Value = number | string | boolean | Uint8Array | null | readonly Value[];

/** Values of a row, by the names of their columns in camel case. */
export type RowValues = Readonly<Record<string, Value>>;

/** A change to one table, which {@link insertRows} or {@link updateRows} returns. */
export type Change =
  | { readonly insert: string; readonly replace: readonly string[] | null; readonly rows: readonly RowValues[] }
  | { readonly update: string; readonly keys: readonly string[]; readonly rows: readonly RowValues[] };

/** A row whose properties are all columns of a table. In arrays, TypeScript otherwise accepts other properties, too. */
type RowOf<Table extends TableName, Row> = Row & Readonly<Record<Exclude<keyof Row, ColumnName<Table>>, never>>;

/**
 * Returns an insertion. If `replace` names the columns of the key, rows replace existing rows with the same key.
 * Otherwise, such rows are left out.
 */
export const insertRows = <Table extends TableName, Row extends WrittenRow<Table>>(
  insert: Table,
  rows: readonly RowOf<Table, Row>[],
  replace: readonly ColumnName<Table>[] | null = null,
): Change => ({ insert, replace, rows });

/** Returns an update of the rows that have the same values in the columns `keys`. */
export const updateRows = <Table extends TableName, Row extends WrittenRow<Table>>(
  update: Table,
  keys: readonly (ColumnName<Table> & keyof Row)[],
  rows: readonly RowOf<Table, Row>[],
): Change => ({ update, keys, rows });

/** Returns SQL from a template, in which values become parameters and other SQL is inserted. */
export const sql = (strings: TemplateStringsArray, ...parts: readonly (Value | Sql)[]): Sql => tag(strings, ...parts);

/** Returns SQL without parameters, such as the names of columns, or constant numbers. */
export const raw = (text: string | number): Sql => rawText(String(text));

/** Returns columns for the list of a SELECT or RETURNING clause. */
export const columns = (names: readonly string[]): Sql => raw(columnsOf(names));

/** Returns a condition as a boolean column of a statement's rows. */
export const flag = (name: ComputedBoolean, condition: Sql): Sql => sql`(${condition}) AS ${raw(columnOf(name))}`;

/** Joins one or more parts of a statement with a separator. */
export const join = (parts: readonly Sql[], separator: string): Sql => joinParts(parts, separator);

/** The rows of several queries that ran together, new sequence numbers in ascending order, and the database's time. */
export interface Together {
  readonly rows: readonly (readonly object[])[];
  readonly seqs: readonly number[];
  readonly now: number;
}

/** A transaction, or reads outside of transactions. */
export interface Reader {
  readonly all: <Row extends CheckedRow<Row, Present>, Present extends keyof Row = never>(query: Sql) => Promise<Row[]>;
}

export interface Transaction extends Reader {
  /** Runs a statement. Returns the number of rows that it changed. */
  readonly run: (statement: Sql) => Promise<number>;
  /** Makes changes to different rows, which must not depend on each other, in one step. */
  readonly write: (changes: readonly Change[]) => Promise<void>;
  /** Waits for other transactions that hold the lock with a name, and holds it until the transaction ends. */
  readonly lock: (name: 'registration') => Promise<void>;
  /**
   * Reads the rows of several statements and takes new sequence numbers in one step. The rows must not contain binary
   * values.
   */
  readonly readTogether: (queries: readonly Sql[], seqCount: number) => Promise<Together>;
}

/** Returns the number of rows of a FROM clause. */
export const countOf = async ({ all }: Reader, rows: Sql): Promise<number> =>
  (await all<{ count: number }>(sql`SELECT count(*) AS count FROM ${rows}`))[0]?.count ?? 0;

/** The code of the error that is thrown if a write-ahead log cannot be emptied yet. */
export const LOG_IN_USE = 'STORE_LOG_IN_USE';

/** A database that is only read. */
export interface ReadDatabase extends Reader {
  /** Runs reads that all see the state at their beginning. */
  readonly snapshot: <T>(work: (reader: Reader) => Promise<T>) => Promise<T>;
  /** Returns the time on the database's clock, in whole milliseconds since 1970. */
  readonly now: () => Promise<number>;
}

/** A database with the tables of `migrations/`. */
export interface Database extends ReadDatabase {
  /** True if several processes can use the database at the same time. */
  readonly isShared: boolean;
  /**
   * Runs a transaction. A power cut may undo a transaction that is not `isDurable`. Unless `isRepeated` is false, the
   * function runs again after a deadlock, a serialization failure, a lock timeout or a lost connection. Both options
   * default to true.
   *
   * @throws if the transaction fails, or if the database does not respond for several seconds
   */
  readonly transaction: <T>(
    work: (transaction: Transaction) => Promise<T>,
    options?: { readonly isDurable?: boolean; readonly isRepeated?: boolean },
  ) => Promise<T>;
  /** Listener for changes that this process makes in channels. Other processes check their claims every second. */
  onChange: OnChange;
  /**
   * Removes deleted data from the write-ahead log of a SQLite file.
   *
   * @throws {Error} {@link LOG_IN_USE} while reads use the log
   */
  readonly clearLog?: () => Promise<void>;
  /** Performs a trivial write. @throws if the database does not respond or is full */
  readonly ping: () => Promise<void>;
  /** Writes a consistent copy to an existing, empty file. @throws {BackupFailed} if the operator can fix the cause */
  readonly backup: (file: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Returns the end of a statement that inserts rows with properties. */
export function onConflict(replace: readonly string[] | null, names: readonly string[]): string {
  if (!replace) return 'ON CONFLICT DO NOTHING';
  const others = names.filter((name) => !replace.includes(name)).map(columnOf);
  const changes = others.map((name) => `${name} = excluded.${name}`);
  return `ON CONFLICT (${columnsOf(replace)}) DO UPDATE SET ${changes.join(', ')}`;
}
