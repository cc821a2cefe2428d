/** The driver for SQLite. The driver is synchronous, so it runs in worker threads; see `sqlite-thread.ts`. */

import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import Database from 'better-sqlite3';

import {
  LOG_IN_USE,
  onConflict,
  type Database as StoreDatabase,
  type ReadDatabase,
  type RowValues,
  type Sql,
  sql,
  type Change,
  type Transaction,
} from '../database/database.ts';
import { columnOf, columnsOf, isComputedBoolean, propertyOf, typeOf } from '../database/tables.ts';

/** Translates a statement to SQLite's dialect. */
export const toSqlite = (text: string): string =>
  text
    .replace(/\bidentity PRIMARY KEY\b/g, 'INTEGER PRIMARY KEY AUTOINCREMENT')
    .replace(/\bbigint PRIMARY KEY\b/g, 'INTEGER PRIMARY KEY')
    .replace(/\bbytea\b/g, 'BLOB')
    .replace(/= ANY\(\?\)/g, 'IN (SELECT value FROM json_each(?))')
    .replace(/ FOR UPDATE( OF \w+)?( SKIP LOCKED)?/g, '');

/** Converts a parameter to a value that SQLite accepts. */
const toSqliteValue = (value: unknown): unknown =>
  typeof value === 'boolean' ? Number(value) : Array.isArray(value) ? JSON.stringify(value) : value;

/**
 * Minimum free space on the disk, in bytes. The largest delivery has a size of 10 MB, and is first written to the
 * write-ahead log.
 */
export const MIN_FREE_BYTES = 16 * 1024 * 1024;
/**
 * Maximum time in milliseconds for which emptying the write-ahead log waits for reads to end. Only a read of a recount
 * can take longer.
 */
const CHECKPOINT_MS = 5_000;
/** Pause in milliseconds between two attempts to empty the write-ahead log. Other calls are served during the pause. */
const CHECKPOINT_PAUSE_MS = 50;
const TRUNCATE_LOG = 'main.wal_checkpoint(TRUNCATE)';
/** Number of pages that one step of a backup copies, about 400 kB. Other calls are served between two steps. */
const BACKUP_PAGES = 100;

function statementOf(change: Change, row: RowValues): string {
  const names = Object.keys(row);
  if ('insert' in change) {
    const values = names.map((name) => `:${name}`).join(', ');
    return `INSERT INTO ${change.insert} (${columnsOf(names)}) VALUES (${values}) ${onConflict(change.replace, names)}`;
  }
  const equal = (isKey: boolean) =>
    names.filter((name) => change.keys.includes(name) === isKey).map((name) => `${columnOf(name)} = :${name}`);
  return `UPDATE ${change.update} SET ${equal(false).join(', ')} WHERE ${equal(true).join(' AND ')}`;
}

/** A column of a statement's rows. */
interface Column {
  readonly property: string;
  /** The type of the table's column; `boolean` for a computed boolean; undefined for any other expression. */
  readonly type: string | undefined;
}

function resultColumn({ name, table, column }: Database.ColumnDefinition): Column {
  const ofTable = table === null || column === null ? undefined : typeOf(table, column);
  return { property: propertyOf(name), type: ofTable ?? (isComputedBoolean(name) ? 'boolean' : undefined) };
}

/** Converts a value from SQLite to the value that PostgreSQL would return. */
function valueOf(value: unknown, { type }: Column): unknown {
  if (type === 'json') return JSON.parse(String(value));
  return type === 'boolean' ? value === 1 : value;
}

/** The cached columns of statements. */
const columnsOfStatements = new WeakMap<Database.Statement, readonly Column[]>();

function rowsOf<Row extends object>(statement: Database.Statement, values: readonly unknown[]): Row[] {
  const rows = statement.raw().all(values.map(toSqliteValue)) as unknown[][];
  const columns = columnsOfStatements.get(statement) ?? statement.columns().map(resultColumn);
  columnsOfStatements.set(statement, columns);
  return rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (const [index, column] of columns.entries()) row[column.property] = valueOf(values[index], column);
    return row as Row;
  });
}

/** Returns the inode of the file at the path of a database; null for `:memory:`, or if the file does not exist. */
const inodeOf = ({ name, memory }: Database.Database): number | null =>
  memory ? null : (statSync(name, { throwIfNoEntry: false })?.ino ?? null);

/** Returns the total size of a file and its write-ahead log, in bytes. */
export const sizeOf = ({ name }: Database.Database): number =>
  [name, `${name}-wal`].reduce((bytes, path) => bytes + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);

/**
 * Checks for room on the disk that contains a folder.
 *
 * @throws with the code `ENOSPC` if the free space is less than `bytes` plus {@link MIN_FREE_BYTES}
 */
async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= MIN_FREE_BYTES + bytes) return;
  throw Object.assign(new Error(`The disk that contains ${folder} is full.`), { code: 'ENOSPC' });
}

/** Returns a function that prepares each statement for a file only once. */
function preparedFor(file: Database.Database): (text: string) => Database.Statement {
  const statements = new Map<string, Database.Statement>();
  return (text) => {
    const statement = statements.get(text) ?? file.prepare(toSqlite(text));
    statements.set(text, statement);
    return statement;
  };
}

/**
 * Returns read access to a file that another connection writes.
 *
 * @param open - opens another connection to the file
 */
export function readDatabase(open: () => Database.Database, clock: () => number): ReadDatabase & { close: () => void } {
  const file = open();
  const prepare = preparedFor(file);
  return {
    all: (query) =>
      new Promise((resolve) => {
        resolve(rowsOf(prepare(query.sql), query.values));
      }),
    snapshot: async (work) => {
      // Use a separate connection, because other reads run on the shared connection between these statements, and need
      // newer states.
      const own = open();
      try {
        own.exec('BEGIN');
        const prepareOwn = preparedFor(own);
        return await work({
          all: async (query) => {
            await new Promise((resolve) => setImmediate(resolve));
            return rowsOf(prepareOwn(query.sql), query.values);
          },
        });
      } finally {
        own.close();
      }
    },
    close: () => {
      file.close();
    },
    now: () => Promise.resolve(clock()),
  };
}

/**
 * Returns the database in a file that `openFile` has opened. The function is long because it contains many short
 * functions that use the same file.
 */
export function sqliteDatabase(file: Database.Database, clock: () => number): StoreDatabase {
  const inode = inodeOf(file);
  const prepare = preparedFor(file);
  let wasDurable: boolean | null = null;
  /** Settles when the newest queued task ends. Tasks run one after another. */
  let previous: Promise<unknown> = Promise.resolve();

  function queue<T>(task: () => Promise<T>): Promise<T> {
    const running = previous.then(task);
    previous = running.catch(() => undefined);
    return running;
  }

  const read = <Row extends object>(query: Sql): Row[] => rowsOf(prepare(query.sql), query.values);
  const steps: Transaction = {
    all: (query) => Promise.resolve(read(query)),
    run: (query) => Promise.resolve(prepare(query.sql).run(query.values.map(toSqliteValue)).changes),
    write: (changes) => {
      for (const change of changes) {
        const statement = change.rows[0] && prepare(statementOf(change, change.rows[0]));
        for (const row of change.rows) {
          statement?.run(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toSqliteValue(value)])));
        }
      }
      return Promise.resolve();
    },
    // The lock is free, because transactions run one after another.
    lock: () => Promise.resolve(),
    readTogether: (queries, count) => {
      const rows = queries.map((query) => read<object>(query));
      const { seq } = prepare('UPDATE last_seq SET seq = seq + ? RETURNING seq').get(count) as { seq: number };
      const seqs = Array.from({ length: count }, (_, index) => seq - count + 1 + index);
      return Promise.resolve({ rows, seqs, now: clock() });
    },
  };

  async function run<T>(work: (transaction: Transaction) => Promise<T>, isDurable: boolean): Promise<T> {
    // A delivery that is written to a removed file would be lost, so it must not be acknowledged.
    if (inode !== null && inodeOf(file) !== inode) {
      const message = `${file.name} was deleted or replaced. Stop the relay, and restore a backup.`;
      throw Object.assign(new Error(message), { code: 'STORE_FILE_DELETED' });
    }
    if (isDurable !== wasDurable) file.pragma(`synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    wasDurable = isDurable;
    file.exec('BEGIN IMMEDIATE');
    try {
      const result = await work(steps);
      file.exec('COMMIT');
      return result;
    } catch (error) {
      // After some errors, such as a full disk, SQLite has already rolled the transaction back.
      if (file.inTransaction) file.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    isShared: false,
    onChange: () => undefined,
    now: () => Promise.resolve(clock()),
    // A read outside of a transaction waits for the current transaction, because that transaction can still be rolled
    // back.
    all: (query) => queue(() => Promise.resolve(read(query))),
    // Transactions run one after another, so each transaction sees one state.
    snapshot: (work) => queue(() => run(work, false)),
    transaction: (work, { isDurable = true } = {}) => queue(() => run(work, isDurable)),
    clearLog: async () => {
      const giveUpAt = performance.now() + CHECKPOINT_MS;
      // SQLite returns 1 instead of an error while a read uses the log.
      const isBusy = () => queue(() => Promise.resolve(file.pragma(TRUNCATE_LOG, { simple: true }) === 1));
      while (await isBusy()) {
        if (performance.now() >= giveUpAt) throw Object.assign(new Error('A read uses the log.'), { code: LOG_IN_USE });
        await sleep(CHECKPOINT_PAUSE_MS);
      }
    },
    ping: async () => {
      // Ping with a write, because a read would succeed on a full disk. The write changes nothing, so it need not
      // survive a power cut.
      await queue(() => run(({ run: update }) => update(sql`UPDATE last_seq SET seq = seq`), false));
      if (file.memory) return;
      await checkRoom(dirname(file.name), 0);
    },
    backup: async (path) => {
      // A backup that fills the disk would keep the relay from storing webhooks.
      await checkRoom(dirname(path), sizeOf(file));
      // The backup includes changes that this connection makes in the meantime, so the backup never has to start again.
      await file.backup(path, { progress: () => BACKUP_PAGES });
      // Make the header of the backup state that no write-ahead log exists, so that a log next to a restored backup is
      // recognized as left over.
      const backup = new Database(path);
      backup.pragma('journal_mode = DELETE');
      backup.close();
    },
    close: async () => {
      await previous;
      file.close();
    },
  };
}
