import { describe } from '@jest/globals';

import { earlierStatesModelTest } from '../../support/earlier-states-model/property.ts';
import { storeContract } from '../contract.ts';
import { sqliteDatabases, StoreContext } from '../../support/store-context.ts';
import { countTest } from '../contract/counts.ts';
import { earlierStatesContract } from '../contract/earlier-states.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const newDatabase = sqliteDatabases(temporaryFolder());

storeContract('SQLite', newDatabase);
countTest('a SQLite store', sqliteDatabases());
describe('earlier states in SQLite', () => {
  earlierStatesContract(new StoreContext(newDatabase));
  earlierStatesModelTest('a SQLite store', newDatabase);
});
