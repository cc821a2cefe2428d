import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll } from '@jest/globals';

import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { memoryModelTest } from './memory-model/property.ts';
import { StoreContext } from './store-contract/context.ts';
import { memoryContract } from './store-contract/memory.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-memory-'));
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);
const newDatabase = () => {
  const path = newPath();
  return Promise.resolve((options: Parameters<typeof openSqliteStore>[1]) =>
    Promise.resolve(openSqliteStore(path, options)),
  );
};

afterAll(() => {
  rmSync(folder, { recursive: true });
});

memoryContract(new StoreContext(newDatabase));
memoryModelTest('a SQLite store', newDatabase);
