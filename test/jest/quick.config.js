import { availableParallelism } from 'node:os';

import config from '../../jest.config.js';
import { quickTests } from './quick-tests.ts';

/**
 * The configuration of `npm test`. The tests wait for nothing, so there are no more workers than cores.
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
