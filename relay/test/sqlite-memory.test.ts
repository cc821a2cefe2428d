import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from '@jest/globals';

import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { openSqliteInThread } from '../store/sqlite/sqlite-thread.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { killTest } from './memory-model/kill.ts';
import { memoryModelTest } from './memory-model/property.ts';
import { CONTRACT_OPTIONS } from './store-contract.ts';
import { storeMemoryContract } from './store-memory-contract.ts';
import { delivery } from './new-delivery.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-memory-'));
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

storeMemoryContract('SQLite', (options) => Promise.resolve(openSqliteStore(':memory:', options)));

memoryModelTest('a SQLite store', () => {
  const path = newPath();
  return Promise.resolve((options) => Promise.resolve(openSqliteStore(path, options)));
});

killTest('a SQLite store', () =>
  Promise.resolve({ location: { databaseUrl: null, sqlitePath: newPath() }, atRest: () => Promise.resolve() }),
);

it('a SQLite thread returns previous deliveries as buffers', async () => {
  const store = await openSqliteInThread(newPath(), { ...CONTRACT_OPTIONS, memoryMs: 1e9 });
  await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1 }, 0);
  const [one, two, three] = [100_000, 200_000, 200_001].map((eventTime) => delivery('A', { eventTime }));
  if (!one || !two || !three) throw new Error('There are three deliveries.');
  await store.ingest([one, two, three]);
  const [, ...members] = await store.deliveriesAfter(CHANNEL, 0, 10);
  // Both deliveries have the same previous delivery, whose bytes are transferred twice.
  for (const { previous } of members) {
    expect(previous?.id).toBe(one.id);
    expect(previous?.sealed).toEqual(one.content?.sealed);
    expect(previous?.wrappedKey).toEqual(one.content?.wrappedKey);
    expect(Buffer.isBuffer(previous?.sealed)).toBe(true);
  }
  await store.close();
});
