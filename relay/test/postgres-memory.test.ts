import { until } from '../harness/until.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { StoreOptions } from '../store/store-options.ts';
import { killTest } from './memory-model/kill.ts';
import { memoryModelTest } from './memory-model/property.ts';
import { StoreContext } from './store-contract/context.ts';
import { memoryContract } from './store-contract/memory.ts';
import { describeWithDatabase, schemaOf } from './test-database.ts';

describeWithDatabase('memory in PostgreSQL', (database) => {
  const newDatabase = async () => {
    const url = await database.newSchema();
    return (options: StoreOptions) => openPostgresStore(url, options);
  };

  memoryContract(new StoreContext(newDatabase));
  memoryModelTest('a PostgreSQL store', newDatabase);
  killTest('a PostgreSQL store', async () => {
    const url = new URL(await database.newSchema());
    const name = schemaOf(url.href);
    url.searchParams.set('application_name', name);
    // The server completes the transaction of a process that was killed, and then ends its session.
    const hasSessions = async () =>
      (await database.query('SELECT 1 FROM pg_stat_activity WHERE application_name = $1', [name])).length > 0;
    return {
      location: { databaseUrl: url.href, sqlitePath: '' },
      atRest: () => until(async () => !(await hasSessions())),
    };
  });
});
