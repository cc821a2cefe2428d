import { describe } from '@jest/globals';

import { sqliteDatabases, StoreContext, type NewDatabase } from './store-context.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { describeWithDatabase, providesServer, postgresDatabases } from './test-database.ts';

/**
 * Defines tests for databases of each kind. `npm test` provides no PostgreSQL server, so it runs the tests with SQLite
 * only.
 */
export function describeEachDatabase(define: (newDatabase: NewDatabase) => void): void {
  describe('in SQLite', () => {
    define(sqliteDatabases(temporaryFolder()));
  });
  if (providesServer)
    describeWithDatabase('in PostgreSQL', (database) => {
      define(postgresDatabases(database));
    });
}

/** Defines tests for stores in each kind of database. Each test has an empty store. */
export const describeEachStore = (define: (context: StoreContext) => void): void => {
  describeEachDatabase((newDatabase) => {
    define(new StoreContext(newDatabase));
  });
};
