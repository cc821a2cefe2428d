import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { StoreOptions } from '../store/store-options.ts';
import { memoryModelTest } from './memory-model/property.ts';
import { StoreContext } from './store-contract/context.ts';
import { memoryContract } from './store-contract/memory.ts';
import { describeWithDatabase } from './test-database.ts';

describeWithDatabase('memory in PostgreSQL', (database) => {
  const newDatabase = async () => {
    const url = await database.newSchema();
    return (options: StoreOptions) => openPostgresStore(url, options);
  };

  memoryContract(new StoreContext(newDatabase));
  memoryModelTest('a PostgreSQL store', newDatabase);
});
