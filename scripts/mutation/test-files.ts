/** The test files that can run with mutants, and the code that each of them executes. */

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Config } from 'jest';

import ownPackage from '../../package.json' with { type: 'json' };
import { BuildFailed, ROOT } from '../bundle.ts';
import type { TestFile, TestFiles } from './executed-code.ts';

/** Matches test files that need a process, a browser, a database server or the unchanged source files. */
const UNSUITABLE = /node:child_process|playwright-core|test-database|relay-process|npm-start\.ts|globSync/;

/** Matches test files that take long to run, and find few faults that other files do not find. */
const SLOW = /\/(?:busy-branch|sequences|simulated-day|traps)\.test\.ts$/;

/** The file with the measurements, which the reporter writes. */
const MEASURED = join(ROOT, 'node_modules/.cache/mutation/test-files.jsonl');

/** The options with which Node.js runs Jest. */
export const NODE_OPTIONS: readonly string[] =
  ownPackage.scripts.jest.match(/--(?:experimental|disable)-[\w=-]+/g) ?? [];

/** Returns the test files that run inside Jest and match a pattern. */
const suitableTests = (pattern: RegExp): string[] =>
  globSync('{test,relay/test}/**/*.test.ts', { cwd: ROOT }).filter(
    (path) => pattern.test(path) && !SLOW.test(path) && !UNSUITABLE.test(readFileSync(join(ROOT, path), 'utf8')),
  );

/** Returns the measured test files. The last line about a test file counts. */
function readMeasured(): TestFiles {
  const lines = existsSync(MEASURED) ? readFileSync(MEASURED, 'utf8').trim().split('\n') : [];
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, TestFile]));
}

// Jest reads its configuration from a JavaScript file, which has no types.
const JEST_CONFIG = '../../jest.config.js' as string;

/** Returns Jest's configuration. */
export async function jestConfig(): Promise<Config> {
  const { default: config } = (await import(JEST_CONFIG)) as { readonly default: Config };
  return config;
}

/** Runs test files, and writes the code that each of them executes. */
async function measure(paths: readonly string[]): Promise<void> {
  const configuration: Config = {
    ...(await jestConfig()),
    rootDir: ROOT,
    testMatch: paths.map((path) => `<rootDir>/${path}`),
    reporters: ['default', [join(ROOT, 'scripts/mutation/executed-code.ts'), { file: MEASURED }]],
    collectCoverage: true,
    collectCoverageFrom: [],
    coverageReporters: ['none'],
  };
  delete configuration.coverageThreshold;
  const configFile = `${MEASURED}.config.json`;
  writeFileSync(configFile, JSON.stringify(configuration));
  const args = [...NODE_OPTIONS, 'node_modules/jest/bin/jest.js', '--silent', '--config', configFile];
  // Jest also exits with 1 if a test fails. The file of the test does not run with mutants.
  spawnSync('node', args, { cwd: ROOT, stdio: 'inherit' });
}

/**
 * Returns the test files that run inside Jest and match a pattern.
 * @param reuse - uses an earlier measurement of test files that have not changed since
 * @throws {BuildFailed} if Jest runs no test file
 */
export async function measuredTestFiles(pattern: RegExp, reuse: boolean): Promise<TestFiles> {
  const tests = suitableTests(pattern);
  mkdirSync(dirname(MEASURED), { recursive: true });
  if (!reuse) rmSync(MEASURED, { force: true });
  const known = readMeasured();
  const isKnown = (path: string): boolean => {
    const testFile = known[path];
    return testFile?.hasFailed === false && testFile.measuredAt > statSync(join(ROOT, path)).mtimeMs;
  };
  const unknown = tests.filter((path) => !isKnown(path));
  if (unknown.length > 0) await measure(unknown);
  const measured = Object.entries(readMeasured()).filter(([path]) => tests.includes(path));
  if (measured.length === 0) throw new BuildFailed('Jest ran no test file. The reason is printed above.');
  return Object.fromEntries(measured);
}
