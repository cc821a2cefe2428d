/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    // Types are checked apart, by `npm run typecheck`.
    '^.+\\.ts$': [
      'ts-jest',
      { useESM: true, tsconfig: { rewriteRelativeImportExtensions: false, isolatedModules: true }, diagnostics: false },
    ],
  },
  // Some tests start processes, on machines that may be busy.
  testTimeout: 30_000,
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/relay/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/'],
};
