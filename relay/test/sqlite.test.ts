import { describe } from '@jest/globals';

import { earlierStatesModelTest } from './earlier-states-model/property.ts';
import { storeContract } from './store-contract.ts';
import { sqliteDatabases, StoreContext } from './store-contract/context.ts';
import { countTest } from './store-contract/counts.ts';
import { earlierStatesContract } from './store-contract/earlier-states.ts';
import { temporaryFolder } from './temporary-folder.ts';

const newDatabase = sqliteDatabases(temporaryFolder());

storeContract('SQLite', newDatabase);
countTest('a SQLite store', sqliteDatabases());
describe('earlier states in SQLite', () => {
  earlierStatesContract(new StoreContext(newDatabase));
  earlierStatesModelTest('a SQLite store', newDatabase);
});
