import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/jest/ordinary-globals.js',
  // Tests of the relay wait for timers and disks, so there are more workers than cores.
  maxWorkers: availableParallelism() * 2,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/scripts/strip-types.js' },
  moduleNameMapper: {
    '^zapier-platform-schema$': '<rootDir>/test/jest/lazy-zapier-schema.cjs',
    '^fast-check$': '<rootDir>/test/jest/fixed-seeds.ts',
  },
  globalSetup: '<rootDir>/test/jest/shared-postgres.js',
  globalTeardown: '<rootDir>/test/jest/stop-shared-postgres.js',
  setupFiles: ['<rootDir>/test/jest/no-network.ts', '<rootDir>/test/jest/no-http-patch.ts'],
  testSequencer: '<rootDir>/test/jest/slow-first.js',
  reporters: ['default', '<rootDir>/test/jest/left-out-reporter.js'],
  // This limit only ends tests that hang. It is longer than the time limit of `until()`, whose error names the
  // condition.
  testTimeout: 90_000,
  // Each test file leaks memory, and with coverage enabled V8 also reports the scripts of previous files, so workers
  // become ever slower. A new worker takes half a second to start.
  workerIdleMemoryLimit: '1GB',
  // A worker has no open handles when it ends: its exit event comes after 1 ms. Node.js then frees the heap of up to 1
  // GB, which takes 1.4 s at a load of 13. After the default of 500 ms, Jest would kill the worker and warn about
  // leaks.
  workerGracefulExitTimeout: 20_000,
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/relay/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/'],
  // Coverage is collected by `npm run test:all -- --coverage`.
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{index.ts,src/**/*.ts,wire/**/*.ts,objects/**/*.ts,triggers/**/*.ts,searches/**/*.ts,creates/**/*.ts,relay/**/*.ts}',
    // The components of the page run only in a browser, where test/console/views/app.test.ts covers them.
    'console/*.ts',
    '!relay/{bench,chaos,harness,test}/**',
    // These modules run in separate processes or threads, which Jest cannot measure.
    '!relay/{main,run}.ts',
    '!relay/store/sqlite/sqlite-worker.ts',
    // These modules contain only types, as `test/jest/coverage.test.ts` checks.
    '!relay/{admin/command-context,http/server-options}.ts',
    '!relay/store/{database/row-types,store-options}.ts',
    '!src/choices/trigger-text.ts',
  ],
  // The floor applies to each file, and catches files that no test loads. Coverage shows only that a line was executed.
  coverageThreshold: {
    './{index,{src,wire,objects,triggers,searches,creates,relay,console}/**/*}.ts': { lines: 50 },
  },
};
