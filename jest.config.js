/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    // `npm run typecheck` checks the types.
    '^.+\\.ts$': [
      'ts-jest',
      { useESM: true, tsconfig: { rewriteRelativeImportExtensions: false, isolatedModules: true }, diagnostics: false },
    ],
  },
  // Some tests start processes, which takes long on a busy machine.
  testTimeout: 30_000,
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/relay/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/'],
  // Coverage is collected by `npm run coverage`.
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{index.ts,src/**/*.ts,wire/**/*.ts,objects/**/*.ts,triggers/**/*.ts,relay/**/*.ts}',
    '!relay/{bench,chaos,harness,test}/**',
  ],
};
