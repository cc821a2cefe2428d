import { chmodSync, closeSync, openSync } from 'node:fs';

import Database from 'better-sqlite3';

/**
 * Opens a SQLite file and locks it for this connection.
 *
 * @param path - path of the file, which is created if it does not exist, or `:memory:`
 * @throws if the file is locked by another process, or is not a database
 */
export function openDatabase(path: string): Database.Database {
  if (path !== ':memory:') {
    // The file contains children's data. It is created with its final mode, so that other users can never open it.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  }
  const database = new Database(path, { timeout: 0 });
  // This setting takes effect only before the first table is created. It allows free pages to be returned to the disk
  // in small steps.
  database.pragma('auto_vacuum = INCREMENTAL');
  // A second process must fail to open the file, because it would send every delivery a second time.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('foreign_keys = ON');
  database.pragma('secure_delete = ON');
  return database;
}

/** The connection that all parts of a SQLite store share: prepared statements, transactions and the store's clock. */
export class Connection {
  readonly database: Database.Database;
  /** The store's clock, in milliseconds since 1970. */
  readonly now: () => number;
  readonly #statements = new Map<string, Database.Statement>();
  #isDurable: boolean | null = null;

  constructor(database: Database.Database, now: () => number) {
    this.database = database;
    this.now = now;
    this.#setDurable(true);
  }

  /** Returns the prepared statement for a text. */
  sql(text: string): Database.Statement {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /**
   * Runs a function in a transaction. The interface of a store is asynchronous, so an error becomes a rejection.
   *
   * @param isDurable - false for a transaction that may be lost in a power cut, and therefore need not wait for the
   * disk
   */
  transact<T>(work: () => T, isDurable = true): Promise<T> {
    try {
      this.#setDurable(isDurable);
      return Promise.resolve(this.database.transaction(work).immediate());
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Lets other calls proceed between two steps of a long call. */
  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  #setDurable(isDurable: boolean): void {
    if (isDurable === this.#isDurable) return;
    this.database.pragma(`synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = isDurable;
  }
}
