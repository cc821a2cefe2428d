/**
 * The driver interface: what a store needs of its database. There is a driver for SQLite and one for PostgreSQL.
 * Statements are written once, in the part of SQL that both databases share:
 *
 * - Parameters are `$1`, `$2` and so on. An array is used as `= ANY($1)` only.
 * - `FOR UPDATE` and `SKIP LOCKED` lock rows in PostgreSQL. The SQLite driver removes them, because its transactions run
 *   one after another.
 * - Columns are named. With `*`, a migration would break the prepared statements of running relays.
 * - Sums and other expressions without a column type are cast to bigint.
 * - Rows have the names of their columns in camel case. Columns of type `json` are returned as values; they are written as
 *   text, and compared after a cast to text. Columns of type `boolean`, and columns named `is_...`, are returned as
 *   booleans.
 */

/** Listener for new deliveries in a channel and for changes to its subscriptions. */
export type OnChange = (channel: string, what: 'deliveries' | 'subscriptions') => void;

/** A parameter or a column value. Arrays are parameters for `= ANY($n)`. */
export type Value = number | string | boolean | Uint8Array | null | readonly number[] | readonly string[];

/** Values of a row, by the names of their columns in camel case. */
export type RowValues = Readonly<Record<string, Value>>;

/** Changes to one table. All rows have the same columns. Inserted rows whose key exists are left out. */
export type Change =
  | { readonly insert: string; readonly rows: readonly RowValues[] }
  | { readonly update: string; readonly keys: readonly string[]; readonly rows: readonly RowValues[] };

/** A statement with its parameters. */
export interface Query {
  readonly text: string;
  readonly values: readonly Value[];
}

/** The result of several queries that run together. */
export interface Together {
  /** The rows of each query. */
  readonly rows: readonly (readonly object[])[];
  /** New sequence numbers, in ascending order. */
  readonly seqs: readonly number[];
  /** The time on the database's clock. */
  readonly now: number;
}

/** A transaction, or reads outside of transactions. */
export interface Reader {
  /** Returns the rows of a statement. */
  readonly all: <Row extends object>(text: string, values?: readonly Value[]) => Promise<Row[]>;
}

/** A transaction. */
export interface Transaction extends Reader {
  /** Runs a statement. Returns the number of rows that it changed. */
  readonly run: (text: string, values?: readonly Value[]) => Promise<number>;
  /** Makes changes to different rows, which must not depend on each other, in one step. */
  readonly write: (changes: readonly Change[]) => Promise<void>;
  /** Reads the rows of several statements, without binary values, in one step, and takes new sequence numbers. */
  readonly readTogether: (queries: readonly Query[], seqCount: number) => Promise<Together>;
}

/** Options of a transaction. */
export interface TransactionOptions {
  /** False if a power cut may undo the transaction, which then need not wait for the disk; default: true. */
  readonly isDurable?: boolean;
  /** False if the transaction is not repeated when it fails; default: true. */
  readonly isRepeated?: boolean;
}

/** A database with the tables of `migrations/`. */
export interface Database extends Reader {
  /**
   * Runs a transaction. It is repeated after a deadlock, a serialization failure, a lock timeout or a lost connection,
   * so the function may run several times.
   *
   * @throws if the transaction fails, or if the database does not respond for several seconds
   */
  readonly transaction: <T>(work: (transaction: Transaction) => Promise<T>, options?: TransactionOptions) => Promise<T>;
  /** Returns the time on the database's clock, in whole milliseconds since 1970. */
  readonly now: () => Promise<number>;
  /** Called after a change in a channel, in this process only. Other processes look at their claims every second. */
  onChange: OnChange;
  /** Removes deleted data from the write-ahead log of a SQLite file. */
  readonly clearLog?: () => void;
  /** Performs a trivial write. @throws if the database does not respond or is full */
  readonly ping: () => Promise<void>;
  /** Writes a consistent copy to an existing, empty file. */
  readonly backup: (file: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Returns the column of a property: `received_at` for `receivedAt`. */
export const columnOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const properties = new Map<string, string>();

/** Returns the property of a column: `receivedAt` for `received_at`. */
export function propertyOf(column: string): string {
  const property =
    properties.get(column) ?? column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  properties.set(column, property);
  return property;
}
