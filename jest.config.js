import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/ordinary-globals.js',
  // Tests of the relay wait for timers and disks, so there are more workers than cores.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/scripts/strip-types.js' },
  globalSetup: '<rootDir>/test/shared-postgres.js',
  globalTeardown: '<rootDir>/test/stop-shared-postgres.js',
  setupFiles: ['<rootDir>/test/fixed-seeds.ts'],
  testSequencer: '<rootDir>/test/slow-first.js',
  reporters: ['default', '<rootDir>/test/left-out-reporter.js'],
  // This limit only ends tests that hang. It is longer than the time limit of `until()`, whose error says more.
  testTimeout: 90_000,
  // Each test file leaks memory, and with coverage enabled V8 also reports the scripts of previous files, so workers
  // become ever slower. A new worker takes half a second to start.
  workerIdleMemoryLimit: '1GB',
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/relay/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/'],
  // Coverage is collected by `npm test -- --coverage`.
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{index.ts,src/**/*.ts,wire/**/*.ts,objects/**/*.ts,triggers/**/*.ts,searches/**/*.ts,creates/**/*.ts,relay/**/*.ts}',
    // The components of the page run in a browser only, where test/console/page.test.ts covers them.
    'console/*.ts',
    '!relay/{bench,chaos,harness,test}/**',
    // These modules run in separate processes or threads, which Jest cannot measure.
    '!relay/{main,run}.ts',
    '!relay/store/sqlite/sqlite-worker.ts',
    // These modules contain only types; see `test/coverage.test.ts`.
    '!relay/{admin/command-context,http/server-options}.ts',
    '!relay/store/store-options.ts',
  ],
  // The levels that are reached when PostgreSQL is installed. Some branches of the relay depend on timing.
  coverageThreshold: {
    global: { statements: 100, branches: 100, functions: 100, lines: 100 },
    './src/': { statements: 99, branches: 97, functions: 100, lines: 99 },
    './wire/': { statements: 100, branches: 100, functions: 100, lines: 100 },
    './console/': { statements: 99, branches: 93, functions: 96, lines: 99 },
    './relay/': { statements: 98, branches: 92, functions: 97, lines: 98 },
  },
};
