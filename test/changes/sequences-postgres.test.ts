import { describeWithDatabase } from '../../relay/test/test-database.ts';
import { sequenceTests } from './sequence-tests.ts';

describeWithDatabase('the records of Zaps at a relay with PostgreSQL', (database) => {
  sequenceTests(() => database.newSchema());
});
