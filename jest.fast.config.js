import config from './jest.config.js';

/**
 * The tests of the code that runs in Zaps, which need neither processes nor a database. They also pass on Node.js 20,
 * whereas the relay requires Node.js 22.
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
