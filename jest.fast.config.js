import config from './jest.config.js';

/**
 * The tests of the code that runs in Zaps, which need neither processes nor a database. They also pass on Node.js 20. The
 * relay runs on Node.js 22 only.
 *
 * @type {import('jest').Config}
 */
export default {
  ...config,
  setupFiles: ['<rootDir>/test/promise-with-resolvers.ts'],
  testMatch: [
    '<rootDir>/test/{hooks,record,wire}/**/*.test.ts',
    '<rootDir>/test/{authentication,creates,inputs,private-key,searches,secrets,signature,triggers}.test.ts',
  ],
};
