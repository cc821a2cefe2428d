/** The driver for SQLite: durable writes, a full disk, and a file that is deleted while the relay runs. */

import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { CHANNEL } from '../../../harness/sample-delivery.ts';
import type { Database as StoreDatabase } from '../../../store/database/database.ts';
import { sqliteDatabase } from '../../../store/sqlite/sqlite-database.ts';
import { openFile } from '../../../store/sqlite/open-file.ts';
import { createStore } from '../../../store/store.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { REGISTRATION, sqliteFiles } from '../../support/sqlite-files.ts';

const { newPath, open } = sqliteFiles();

describe('a SQLite file', () => {
  it('waits for the disk when it stores an event, but not when a channel is claimed', async () => {
    const store = await open(newPath());
    const writesWithoutWaiting = () => store.database.pragma('synchronous', { simple: true }) === 1;
    await store.subscribe(CHANNEL, { targetUrl: 'https://x', filter: { actions: ['A'] } }, 9, 0);
    await store.heartbeat('one', null);
    await store.ingest([delivery('A')]);
    expect(writesWithoutWaiting()).toBe(false);
    expect(await store.claim('one', 9)).toHaveLength(1);
    expect(writesWithoutWaiting()).toBe(true);
    await store.ingest([delivery('A')]);
    expect(writesWithoutWaiting()).toBe(false);
    await store.close();
  });

  it('rejects a delivery when the disk is full, and accepts one that fits', async () => {
    const store = await open(newPath(), { ...TEST_OPTIONS, maxChannelBytes: 1e9 });
    const pages = store.database.pragma('page_count', { simple: true }) as number;
    store.database.pragma(`max_page_count = ${pages + 20}`);
    const big = () => delivery('A', { body: randomBytes(200_000) });
    await expect(store.ingest([big()])).rejects.toThrow(/full/);
    expect(await store.latest(CHANNEL, null, 10)).toEqual([]);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);
    await store.close();
  });

  it('writes no backup to a disk that would then be full', async () => {
    const path = newPath();
    const store = await open(path, TEST_OPTIONS);
    // Extend the file with a hole, so that the file is larger than the disk. SQLite ignores the hole.
    const { size } = statSync(path);
    truncateSync(path, 2 ** 43);
    const file = newPath();
    await expect(store.backup(file)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(existsSync(file)).toBe(false);
    truncateSync(path, size);
    await store.backup(file);
    expect(existsSync(file)).toBe(true);
    await store.close();
  });
});

it('nothing is stored and the store is not ready once its file is deleted or replaced', async () => {
  const path = newPath();
  const store = await open(path);
  rmSync(path);
  const refused = { code: 'STORE_FILE_DELETED' };
  await expect(store.ingest([delivery('A')])).rejects.toMatchObject(refused);
  await expect(store.ping()).rejects.toMatchObject(refused);
  writeFileSync(path, '');
  await expect(store.ingest([delivery('A')])).rejects.toMatchObject(refused);
  await store.close();
});

it('ends a subscription completely if the responses of its transactions are lost', async () => {
  const database = sqliteDatabase(openFile(':memory:'), Date.now);
  let isLost = false;
  const run = database.transaction;
  const transaction: StoreDatabase['transaction'] = async (work, options) => {
    // The driver repeats a transaction that was committed.
    if (isLost) await run(work, options);
    return run(work, options);
  };
  const store = createStore(Object.assign(database, { transaction }), TEST_OPTIONS);
  await store.registerChannel(CHANNEL, REGISTRATION, 0);
  const subscription = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 9, 0);
  if (subscription === 'full') throw new Error('The channel is full.');
  await store.ingest([delivery('A')]);
  isLost = true;
  expect(await store.unsubscribe(CHANNEL, subscription.id, 0)).not.toBeNull();
  expect(await store.sendSummaries('waiting', subscription.id, 9)).toEqual([]);
  expect(await store.unsubscribe(CHANNEL, subscription.id, 0)).toBeNull();
  await database.close();
});
