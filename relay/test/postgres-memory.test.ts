import { memoryModelTest } from './memory-model/property.ts';
import { StoreContext } from './store-contract/context.ts';
import { memoryContract } from './store-contract/memory.ts';
import { describeWithDatabase, postgresDatabases } from './test-database.ts';

describeWithDatabase('memory in PostgreSQL', (database) => {
  const newDatabase = postgresDatabases(database);
  memoryContract(new StoreContext(newDatabase));
  memoryModelTest('a PostgreSQL store', newDatabase);
});
