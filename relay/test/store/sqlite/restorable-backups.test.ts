/** The backups that a relay can restore. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { markAsMoved } from '../../../store/sqlite/open-file.ts';
import { failure, StoreWithBackup } from '../../support/store-with-backup.ts';

const bed = new StoreWithBackup();

describe('a restore', () => {
  const pragma = (text: string, file?: string) => (): void => {
    const database = new Database(file ?? bed.backup);
    database.pragma(text);
    database.close();
  };
  const rewrite = (change: (bytes: Buffer) => Buffer | string) => (): void => {
    writeFileSync(bed.backup, change(readFileSync(bed.backup)));
  };
  function deleteIndices(): void {
    const database = new Database(bed.backup).unsafeMode();
    database.exec("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'index'");
    database.close();
  }
  function mark(): void {
    const database = new Database(bed.backup);
    markAsMoved(database, 0);
    database.close();
  }
  function dropColumn(): void {
    const database = new Database(bed.backup);
    database.exec('ALTER TABLE channels DROP COLUMN last_refusal_at');
    database.close();
  }
  const addLog = (): void => {
    writeFileSync(`${bed.backup}-wal`, '');
  };
  const remove = (): void => {
    rmSync(bed.backup);
  };
  it.each<[what: string, message: RegExp, change: () => void]>([
    ['that a newer version has written', /newer version of the relay/, pragma('user_version = 99')],
    ['without tables', /is not a backup of a relay/, pragma('user_version = 0')],
    ['whose tables belong to a different version', /channels\.last_refusal_at is missing/, dropColumn],
    ['whose data was moved', /was moved to a PostgreSQL/, mark],
    ['of a running store', /is the file of a store or a copy of such a file/, pragma('journal_mode = WAL')],
    ['without an index', /is damaged \(/, deleteIndices],
    ['that is damaged', /malformed/, rewrite((bytes) => bytes.fill('x', bytes.length / 2))],
    ['that is cut off', /malformed/, rewrite((bytes) => bytes.subarray(0, -4096))],
    ['that is no database', /file is not a database/, rewrite(() => 'text'.repeat(100))],
    ['next to a write-ahead log', /is the file of a store or a copy of such a file/, addLog],
    ['that does not exist', /no such file/, remove],
  ])('refuses a file %s, and changes nothing', async (_, message, change) => {
    await bed.store.close();
    change();
    const before = bed.files();
    expect(await bed.restore()).toEqual(failure(message));
    expect(bed.files()).toEqual(before);
  });
});
