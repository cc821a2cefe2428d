/** The lock that keeps a second process from using the file of a store. */

import { closeSync, existsSync, openSync } from 'node:fs';

import Database from 'better-sqlite3';

/**
 * Locks the file of a store for a connection, until the connection is closed. The lock is on a separate file, because
 * SQLite's exclusive mode for the store itself would also lock out this process's read-only connection.
 *
 * @throws if another process holds the lock
 */
export function lockFile(database: Database.Database, path: string): void {
  const lock = `${path}-lock`;
  // Do not open a lock file that exists, because closing a second handle would release a lock that this process holds.
  if (!existsSync(lock)) closeSync(openSync(lock, 'a', 0o600));
  database.prepare('ATTACH ? AS file_lock').run(lock);
  database.pragma('file_lock.locking_mode = EXCLUSIVE');
  // In exclusive locking mode, the lock outlives the transaction.
  database.exec('BEGIN EXCLUSIVE; COMMIT');
}

/** Checks that no process holds the lock of a file. @throws if a process holds the lock */
export function checkUnlocked(path: string): void {
  if (!existsSync(`${path}-lock`)) return;
  const database = new Database(':memory:', { timeout: 0 });
  try {
    lockFile(database, path);
  } finally {
    database.close();
  }
}
