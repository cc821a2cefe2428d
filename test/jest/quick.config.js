import { availableParallelism } from 'node:os';

import config from '../../jest.config.js';
import { quickTests } from './quick-tests.ts';

/**
 * The configuration of `npm test`. The tests spend no time waiting, so more workers than cores would not help.
 *
 * @type {import('jest').Config}
 */
export default {
  ...config,
  globalSetup: undefined,
  globalTeardown: undefined,
  rootDir: '../..',
  maxWorkers: availableParallelism(),
  testMatch: quickTests().map((path) => `<rootDir>/${path}`),
};
