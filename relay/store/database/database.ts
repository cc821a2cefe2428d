/**
 * The driver interface. Statements are written once, in the part of SQL that SQLite and PostgreSQL share:
 *
 * - Arrays appear only in `= ANY(${array})`. Question marks appear only as placeholders of parameters.
 * - Constant limits, and the states of sends in conditions, are literals in the statement. With parameters, SQLite
 *   would prepare the statement again each time, and PostgreSQL could not use partial indexes.
 * - `FOR UPDATE` and `SKIP LOCKED` lock rows in PostgreSQL. In SQLite, transactions run one after another.
 * - Every column is named. With `*`, a migration would break the prepared statements of running relays.
 * - Sums and other expressions without a column type are cast to bigint.
 * - The properties of rows are the names of the columns in camel case. Columns of type `json` are written as text,
 *   returned as parsed values, and compared after a cast to text. A computed boolean is written with `flag`.
 *
 * The compiler checks the columns of changes and rows against `tables.ts`, but only executing a statement shows whether
 * the statement selects the columns of its row. Kysely would check whole statements. Kysely was tried and rejected,
 * because statements grew to three times their length, and changes that write arrays would still have needed plain SQL.
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

/** Values of a row, by column name in camel case. */
export type RowValues = Readonly<Record<string, Value>>;

/** A change to one table, as returned by {@link insertRows} or {@link updateRows}. */
export type Change =
  | { readonly insert: string; readonly replace: readonly string[] | null; readonly rows: readonly RowValues[] }
  | { readonly update: string; readonly keys: readonly string[]; readonly rows: readonly RowValues[] };

/**
 * A row whose properties are all columns of a table. Without this type, TypeScript accepts unknown properties in an
 * array of rows.
 */
type RowOf<Table extends TableName, Row> = Row & Readonly<Record<Exclude<keyof Row, ColumnName<Table>>, never>>;

/**
 * Returns a change that inserts rows. If `replace` names the key columns, a new row replaces an existing row with the
 * same key. Otherwise, the existing row stays.
 */
export const insertRows = <Table extends TableName, Row extends WrittenRow<Table>>(
  insert: Table,
  rows: readonly RowOf<Table, Row>[],
  replace: readonly ColumnName<Table>[] | null = null,
): Change => ({ insert, replace, rows });

/** Returns a change that updates rows. The columns in `keys` identify the rows. */
export const updateRows = <Table extends TableName, Row extends WrittenRow<Table>>(
  update: Table,
  keys: readonly (ColumnName<Table> & keyof Row)[],
  rows: readonly RowOf<Table, Row>[],
): Change => ({ update, keys, rows });

/** Returns SQL from a template. Values become parameters, and {@link Sql} parts become SQL. */
export const sql = (strings: TemplateStringsArray, ...parts: readonly (Value | Sql)[]): Sql => tag(strings, ...parts);

/** Returns SQL without parameters, such as column names or constant numbers. */
export const raw = (text: string | number): Sql => rawText(String(text));

/** Returns the columns with the given property names, for the list of a SELECT or RETURNING clause. */
export const columns = (names: readonly string[]): Sql => raw(columnsOf(names));

/** Returns a condition as a boolean column of a statement's rows. */
export const flag = (name: ComputedBoolean, condition: Sql): Sql => sql`(${condition}) AS ${raw(columnOf(name))}`;

/** Joins one or more parts of a statement with a separator. */
export const join = (parts: readonly Sql[], separator: string): Sql => joinParts(parts, separator);

/**
 * The result of {@link Transaction.readTogether}: the rows of each query, new sequence numbers in ascending order, and
 * the time on the database's clock.
 */
export interface Together {
  readonly rows: readonly (readonly object[])[];
  readonly seqs: readonly number[];
  readonly now: number;
}

/** Read queries, inside or outside of a transaction. */
export interface Reader {
  readonly all: <Row extends CheckedRow<Row, Present>, Present extends keyof Row = never>(query: Sql) => Promise<Row[]>;
}

export interface Transaction extends Reader {
  /** Runs a statement. Returns the number of changed rows. */
  readonly run: (statement: Sql) => Promise<number>;
  /** Makes changes in one step. The changes must affect different rows, and must not depend on each other. */
  readonly write: (changes: readonly Change[]) => Promise<void>;
  /**
   * Takes the lock with the given name, and holds the lock until the transaction ends. Waits while another transaction
   * holds the lock.
   */
  readonly lock: (name: 'registration') => Promise<void>;
  /**
   * Reads the rows of several statements and allocates new sequence numbers in one step. The rows must not contain
   * binary values.
   */
  readonly readTogether: (queries: readonly Sql[], seqCount: number) => Promise<Together>;
}

/** Returns the number of rows of a FROM clause. */
export const countOf = async ({ all }: Reader, rows: Sql): Promise<number> =>
  (await all<{ count: number }>(sql`SELECT count(*) AS count FROM ${rows}`))[0]?.count ?? 0;

/** Error code for a write-ahead log that cannot be emptied yet. */
export const LOG_IN_USE = 'STORE_LOG_IN_USE';

/** Read access to a database. */
export interface ReadDatabase extends Reader {
  /** Runs reads that all see the same state of the database. */
  readonly snapshot: <T>(work: (reader: Reader) => Promise<T>) => Promise<T>;
  /** Returns the time on the database's clock, in whole milliseconds since 1970. */
  readonly now: () => Promise<number>;
}

/** A database with the tables of `migrations/`. */
export interface Database extends ReadDatabase {
  /** True if several processes can use the database at the same time. */
  readonly isShared: boolean;
  /**
   * Runs a transaction. A power cut can undo a transaction for which `isDurable` is false. Unless `isRepeated` is
   * false, `work` runs again after a deadlock, a serialization failure, a lock timeout or a lost connection. Both
   * options default to true.
   *
   * @throws if the transaction fails, or if the database does not respond for several seconds
   */
  readonly transaction: <T>(
    work: (transaction: Transaction) => Promise<T>,
    options?: { readonly isDurable?: boolean; readonly isRepeated?: boolean },
  ) => Promise<T>;
  /**
   * Listener for changes that this process makes in channels. Other processes notice these changes when they check
   * their claims, every second.
   */
  onChange: OnChange;
  /**
   * Removes deleted data from the write-ahead log of a SQLite file.
   *
   * @throws {Error} with the code {@link LOG_IN_USE} while reads use the log
   */
  readonly clearLog?: () => Promise<void>;
  /** Performs a trivial write. @throws if the database does not respond or is full */
  readonly ping: () => Promise<void>;
  /**
   * Writes a consistent copy to an existing, empty file.
   *
   * @throws {BackupFailed} if the backup fails for a reason that the operator can fix
   */
  readonly backup: (file: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Returns the ON CONFLICT clause of a statement that inserts rows. */
export function onConflict(replace: readonly string[] | null, names: readonly string[]): string {
  if (!replace) return 'ON CONFLICT DO NOTHING';
  const others = names.filter((name) => !replace.includes(name)).map(columnOf);
  const changes = others.map((name) => `${name} = excluded.${name}`);
  return `ON CONFLICT (${columnsOf(replace)}) DO UPDATE SET ${changes.join(', ')}`;
}
