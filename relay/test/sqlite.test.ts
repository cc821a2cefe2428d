import { describe } from '@jest/globals';

import { memoryModelTest } from './memory-model/property.ts';
import { storeContract } from './store-contract.ts';
import { sqliteDatabases, StoreContext } from './store-contract/context.ts';
import { countTest } from './store-contract/counts.ts';
import { memoryContract } from './store-contract/memory.ts';
import { temporaryFolder } from './temporary-folder.ts';

const newDatabase = sqliteDatabases(temporaryFolder());

storeContract('SQLite', newDatabase);
countTest('a SQLite store', sqliteDatabases());
describe('memory in SQLite', () => {
  memoryContract(new StoreContext(newDatabase));
  memoryModelTest('a SQLite store', newDatabase);
});
