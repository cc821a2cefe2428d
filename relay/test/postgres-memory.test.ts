import { afterAll, beforeAll } from '@jest/globals';

import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import { killTest } from './memory-model/kill.ts';
import { memoryModelTest } from './memory-model/property.ts';
import { storeMemoryContract } from './store-memory-contract.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';

describeWithDatabase('memory in PostgreSQL', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());

  memoryModelTest('a PostgreSQL store', async () => {
    const url = await database.newSchema();
    return (options) => openPostgresStore(url, options);
  });
  killTest('a PostgreSQL store', async () => ({ databaseUrl: await database.newSchema(), sqlitePath: '' }));
  storeMemoryContract('PostgreSQL', async (options) => openPostgresStore(await database.newSchema(), options));
});
