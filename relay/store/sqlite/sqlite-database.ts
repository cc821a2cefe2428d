/** The driver for SQLite. It is synchronous, so it runs in threads of its own; see `sqlite-thread.ts`. */

import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import Database from 'better-sqlite3';

import {
  type Change,
  columnOf,
  type Database as StoreDatabase,
  type OnChange,
  propertyOf,
  type RowValues,
  type Transaction,
  type TransactionOptions,
  type Value,
} from '../database.ts';

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

/** Minimum free space on the disk. The largest delivery has 10 MB, and is first written to the write-ahead log. */
const MIN_FREE_BYTES = 16 * 1024 * 1024;
/** Number of pages that one step of a backup copies, about 400 kB. Other calls are served between two steps. */
const BACKUP_PAGES = 100;

/** Checks the space for a delivery of the maximum size. @throws {Error} with the code ENOSPC if there is none */
async function checkFreeSpace(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= MIN_FREE_BYTES) return;
  throw Object.assign(new Error(`The disk with ${directory} is full.`), { code: 'ENOSPC' });
}

/** Returns the statement that makes a change for one row. */
function statementOf(change: Change, row: RowValues): string {
  const names = Object.keys(row);
  if ('insert' in change) {
    const values = names.map((name) => `:${name}`);
    return `INSERT INTO ${change.insert} (${names.map(columnOf).join(', ')}) VALUES (${values.join(', ')})
      ON CONFLICT DO NOTHING`;
  }
  const equal = (isKey: boolean) =>
    names.filter((name) => change.keys.includes(name) === isKey).map((name) => `${columnOf(name)} = :${name}`);
  return `UPDATE ${change.update} SET ${equal(false).join(', ')} WHERE ${equal(true).join(' AND ')}`;
}

/** Returns named parameters of a statement. */
const namedOf = (values: RowValues): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toSqliteValue(value)]));

/** Returns the parameters of a statement. The driver treats numbered parameters as named ones. */
const parametersOf = (values: readonly Value[]): Record<string, unknown>[] =>
  values.length === 0 ? [] : [namedOf(Object.fromEntries(values.map((value, index) => [String(index + 1), value])))];

/** Returns a value as PostgreSQL does. */
function valueOf(value: unknown, { name, type }: Database.ColumnDefinition): unknown {
  if (type === 'json') return JSON.parse(String(value));
  return type === 'boolean' || name.startsWith('is_') ? value === 1 : value;
}

/** Returns the rows of a statement. */
function rowsOf<Row extends object>(statement: Database.Statement, values: readonly Value[]): Row[] {
  const rows = statement.raw().all(...parametersOf(values)) as unknown[][];
  const columns = statement.columns().map((column) => ({ ...column, property: propertyOf(column.name) }));
  return rows.map(
    (row) => Object.fromEntries(columns.map((each, index) => [each.property, valueOf(row[index], each)])) as Row,
  );
}

/** Returns the number that identifies the file at the path of a database; null if there is none, or for `:memory:`. */
const inodeOf = ({ name, memory }: Database.Database): number | null =>
  memory ? null : (statSync(name, { throwIfNoEntry: false })?.ino ?? null);

/** An open SQLite file. */
export class SqliteDatabase implements StoreDatabase {
  onChange: OnChange = () => undefined;
  readonly now: () => Promise<number>;
  readonly #file: Database.Database;
  readonly #inode: number | null;
  readonly #statements = new Map<string, Database.Statement>();
  #isDurable: boolean | null = null;
  /** The end of the newest task. Tasks run one after another. */
  #previous: Promise<unknown> = Promise.resolve();

  /**
   * @param file - a file that `openFile` has opened
   * @param now - the clock, in milliseconds since 1970
   */
  constructor(file: Database.Database, now: () => number) {
    this.#file = file;
    this.#inode = inodeOf(file);
    this.now = () => Promise.resolve(now());
  }

  /** Returns the prepared statement for a text. */
  #prepare(text: string): Database.Statement {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.#file.prepare(toSqlite(text));
      this.#statements.set(text, statement);
    }
    return statement;
  }

  // A read outside of transactions waits for the current one, whose changes may still be undone.
  readonly all = <Row extends object>(text: string, values: readonly Value[] = []): Promise<Row[]> =>
    this.#queue(() => this.#transaction.all<Row>(text, values));

  readonly #transaction: Transaction = {
    all: <Row extends object>(text: string, values: readonly Value[] = []) =>
      Promise.resolve(rowsOf<Row>(this.#prepare(text), values)),
    run: (text, values = []) => Promise.resolve(this.#prepare(text).run(...parametersOf(values)).changes),
    write: (changes) => {
      for (const change of changes) {
        const statement = change.rows[0] && this.#prepare(statementOf(change, change.rows[0]));
        for (const row of change.rows) statement?.run(namedOf(row));
      }
      return Promise.resolve();
    },
    readTogether: async (queries, count) => {
      const rows = queries.map(({ text, values }) => rowsOf<object>(this.#prepare(text), values));
      const text = 'UPDATE last_seq SET seq = seq + ? RETURNING seq';
      const { seq } = this.#prepare(text).get(count) as { seq: number };
      const seqs = Array.from({ length: count }, (_, index) => seq - count + 1 + index);
      return { rows, seqs, now: await this.now() };
    },
  };

  readonly transaction = <T>(
    work: (transaction: Transaction) => Promise<T>,
    { isDurable = true }: TransactionOptions = {},
  ): Promise<T> => this.#queue(() => this.#run(work, isDurable));

  #queue<T>(task: () => Promise<T>): Promise<T> {
    const running = this.#previous.then(task);
    this.#previous = running.catch(() => undefined);
    return running;
  }

  /** @throws {Error} if the file was deleted or replaced, so that nothing is acknowledged that would be lost */
  #checkFile(): void {
    if (this.#inode === null || inodeOf(this.#file) === this.#inode) return;
    const message = `${this.#file.name} was deleted or replaced. Stop the relay, and restore a backup.`;
    throw Object.assign(new Error(message), { code: 'STORE_FILE_DELETED' });
  }

  async #run<T>(work: (transaction: Transaction) => Promise<T>, isDurable: boolean): Promise<T> {
    this.#checkFile();
    if (isDurable !== this.#isDurable) this.#file.pragma(`synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = isDurable;
    this.#file.exec('BEGIN IMMEDIATE');
    try {
      const result = await work(this.#transaction);
      this.#file.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has already ended the transaction after some errors, such as a full disk.
      if (this.#file.inTransaction) this.#file.exec('ROLLBACK');
      throw error;
    }
  }

  readonly clearLog = (): void => {
    this.#file.pragma('wal_checkpoint(TRUNCATE)');
  };

  async ping(): Promise<void> {
    // A read would succeed on a full disk. This write changes nothing, so it need not survive a power cut.
    await this.transaction(({ run }) => run('UPDATE last_seq SET seq = seq'), { isDurable: false });
    if (this.#file.name !== ':memory:') await checkFreeSpace(dirname(this.#file.name));
  }

  async backup(file: string): Promise<void> {
    // The backup includes changes that this connection makes during the backup, so it never starts again.
    await this.#file.backup(file, { progress: () => BACKUP_PAGES });
    // The backup then states that it has no write-ahead log, so that a left-over log beside it is recognized.
    const backup = new Database(file);
    backup.pragma('journal_mode = DELETE');
    backup.close();
  }

  async close(): Promise<void> {
    await this.#previous;
    this.#file.close();
  }
}
