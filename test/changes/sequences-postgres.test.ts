import { afterAll, beforeAll } from '@jest/globals';

import { describeWithDatabase, startTestDatabase, type TestDatabase } from '../../relay/test/test-database.ts';
import { sequenceTests } from './sequence-tests.ts';

describeWithDatabase('the records of Zaps at a relay with PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  sequenceTests(() => database.newSchema());
  afterAll(() => database.stop());
});
