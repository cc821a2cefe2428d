import { earlierStatesModelTest } from '../../support/earlier-states-model/property.ts';
import { StoreContext } from '../../support/store-context.ts';
import { earlierStatesContract } from '../contract/earlier-states.ts';
import { describeWithDatabase, postgresDatabases } from '../../support/test-database.ts';

describeWithDatabase('earlier states in PostgreSQL', (database) => {
  const newDatabase = postgresDatabases(database);
  earlierStatesContract(new StoreContext(newDatabase));
  earlierStatesModelTest('a PostgreSQL store', newDatabase);
});
