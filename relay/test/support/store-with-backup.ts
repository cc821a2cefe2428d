import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect } from '@jest/globals';

import { CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { openSqliteStore, type SqliteStore } from '../../store/sqlite/open-file.ts';
import { runIn } from './admin-relay.ts';
import { delivery } from './new-delivery.ts';
import { TEST_OPTIONS } from './store-context.ts';

/**
 * A store in a SQLite file, and a backup that lacks the newest event. Each test of a file has a new store and a new
 * backup.
 */
export class StoreWithBackup {
  folder!: string;
  /** The path of the store. */
  path!: string;
  /** The path of the backup. */
  backup!: string;
  /** The open store, which is closed after the test. */
  store!: SqliteStore;

  constructor() {
    beforeEach(async () => {
      this.folder = mkdtempSync(join(tmpdir(), 'restore-'));
      this.path = join(this.folder, 'relay.sqlite');
      this.backup = join(this.folder, 'backup');
      this.store = openSqliteStore(this.path, TEST_OPTIONS);
      await this.store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 0);
      await this.store.ingest([delivery('A')]);
      await this.store.backup(this.backup);
      await this.store.ingest([delivery('A')]);
    });
    afterEach(async () => {
      if (this.store.database.open) await this.store.close();
      rmSync(this.folder, { recursive: true });
    });
  }

  /** Runs the command `restore` with the backup. */
  restore(environment: NodeJS.ProcessEnv = {}) {
    return runIn({ RELAY_SQLITE_PATH: this.path, ...environment }, 'restore', this.backup);
  }

  /** Returns the files of the folder with the digests of their contents. */
  files() {
    return readdirSync(this.folder).map((name) => [name, hash('sha256', readFileSync(join(this.folder, name)))]);
  }
}

/** Returns the result of a command that fails with a message. */
export const failure = (message: string | RegExp) => ({ code: 1, output: expect.stringMatching(message) });
