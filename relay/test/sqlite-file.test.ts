/** SQLite files that are restored beside a left-over write-ahead log, or deleted while they are in use. */

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { HOUR } from '../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { delivery } from './new-delivery.ts';

const LIMITS = {
  maxChannelBytes: 40_000,
  duplicateMs: HOUR,
  bodyMs: HOUR,
  deadLetterMs: HOUR,
  memoryMs: 0,
};

let folder: string;
let path: string;
let store: SqliteStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-file-'));
  path = join(folder, 'relay.sqlite');
  store = openSqliteStore(path, LIMITS);
  await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 0);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

it('a backup is refused beside a write-ahead log that was left over', async () => {
  const restored = join(folder, 'restored');
  await store.backup(restored);
  await store.ingest([delivery('A')]);
  copyFileSync(`${path}-wal`, `${restored}-wal`);
  expect(() => openSqliteStore(restored, LIMITS)).toThrow(/restored-wal does not belong to .*, and would corrupt it/);
  rmSync(`${restored}-wal`);
  const opened = openSqliteStore(restored, LIMITS);
  expect(await opened.totals()).toMatchObject({ deliveries: 0 });
  await opened.close();
});

it('a file is opened with its own write-ahead log after a crash', async () => {
  await store.ingest([delivery('A')]);
  const crashed = join(folder, 'crashed');
  for (const suffix of ['', '-wal']) copyFileSync(`${path}${suffix}`, `${crashed}${suffix}`);
  const opened = openSqliteStore(crashed, LIMITS);
  expect(await opened.totals()).toMatchObject({ deliveries: 1 });
  await opened.close();
});

it('nothing is stored and the store is not ready once its file is deleted or replaced', async () => {
  rmSync(path);
  await expect(store.ingest([delivery('A')])).rejects.toMatchObject({ code: 'STORE_FILE_DELETED' });
  await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_FILE_DELETED' });
  writeFileSync(path, '');
  await expect(store.ingest([delivery('A')])).rejects.toMatchObject({ code: 'STORE_FILE_DELETED' });
});
