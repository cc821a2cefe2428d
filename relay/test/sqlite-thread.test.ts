import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { openSqliteInThread } from '../store/sqlite/sqlite-thread.ts';
import { fill, OPTIONS, readAll } from './filled-store.ts';

it('a SQLite store in a worker thread returns the same data as a store in the same thread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-thread-'));
  const path = join(folder, 'relay.sqlite');
  const store = await openSqliteInThread(path, OPTIONS);
  await fill(store);
  const data = await readAll(store);
  await store.close();
  const again = openSqliteStore(path, OPTIONS);
  expect(data).toEqual(await readAll(again));
  await again.close();
  rmSync(folder, { recursive: true });
});
