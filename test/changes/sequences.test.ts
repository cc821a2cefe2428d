import { describe } from '@jest/globals';

import { sequenceTests } from './sequence-tests.ts';

describe('the records of Zaps at a relay with SQLite', () => {
  sequenceTests(() => Promise.resolve(undefined));
});
