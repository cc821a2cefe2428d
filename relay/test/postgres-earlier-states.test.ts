import { earlierStatesModelTest } from './earlier-states-model/property.ts';
import { StoreContext } from './store-contract/context.ts';
import { earlierStatesContract } from './store-contract/earlier-states.ts';
import { describeWithDatabase, postgresDatabases } from './test-database.ts';

describeWithDatabase('earlier states in PostgreSQL', (database) => {
  const newDatabase = postgresDatabases(database);
  earlierStatesContract(new StoreContext(newDatabase));
  earlierStatesModelTest('a PostgreSQL store', newDatabase);
});
