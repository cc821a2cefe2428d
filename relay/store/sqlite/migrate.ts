import type Database from 'better-sqlite3';

import { fingerprintOf, missingMigrations, readMigrations, type SchemaRecord } from '../migrations.ts';
import { toSqlite } from './sqlite-database.ts';

/** Additions to the first migration: the newest sequence number, so that none is used again. */
const FIRST = 'CREATE TABLE last_seq (seq INTEGER NOT NULL); INSERT INTO last_seq VALUES (0);';

/** Returns the migrations of the SQLite store. */
export const sqliteMigrations = (): string[] =>
  readMigrations().map((text, index) => (index === 0 ? FIRST : '') + toSqlite(text));

/** Returns a database's record of its applied migrations. */
export function schemaOf(database: Database.Database): SchemaRecord {
  const version = Number(database.pragma('user_version', { simple: true }));
  const hasRecord = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'relay_schema'").get() !== undefined;
  const fingerprint = hasRecord ? database.prepare('SELECT fingerprint FROM relay_schema').pluck().get() : null;
  return { version, fingerprint: typeof fingerprint === 'string' ? fingerprint : null };
}

/**
 * Applies the migrations that a database lacks, each in a separate transaction. The version of the database is its
 * `user_version`; the fingerprint of its migrations is in the table `relay_schema`.
 *
 * @throws {StoreUnavailable} if the database was written by a newer version or by a development version
 */
export function migrate(database: Database.Database, migrations: readonly string[]): void {
  const schema = schemaOf(database);
  missingMigrations(migrations, schema).forEach((statements, index) => {
    const version = schema.version + index + 1;
    database.transaction(() => {
      database.exec(statements);
      database.exec(
        'CREATE TABLE IF NOT EXISTS relay_schema (fingerprint TEXT NOT NULL) STRICT; DELETE FROM relay_schema',
      );
      database.prepare('INSERT INTO relay_schema VALUES (?)').run(fingerprintOf(migrations.slice(0, version)));
      database.pragma(`user_version = ${version}`);
    })();
  });
}
