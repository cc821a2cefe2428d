/**
 * `npm run mutate -- PATH...`: changes the code in many small ways, runs the tests that execute the changed code, and
 * prints the changes (mutants) that no test notices, and the share of noticed mutants in each directory.
 */

import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { parseArgs } from 'node:util';

import { BuildFailed, ROOT, runScript } from './bundle.ts';
import { EQUIVALENT } from './mutation/equivalent-mutants.ts';
import type { TestFiles } from './mutation/executed-code.ts';
import { type Mutant, mutantsIn, type Report, scoresOf } from './mutation/outcomes.ts';
import { jestConfig, measuredTestFiles, NODE_OPTIONS } from './mutation/test-files.ts';

/** The directories that are measured if no path is given. A directory is measured without its subdirectories. */
const DIRECTORIES = [
  'wire',
  'src',
  'src/hooks',
  'src/inputs',
  'src/instant',
  'src/lookups',
  'src/many',
  'src/polled',
  'src/record',
  'relay',
  'relay/delivery',
  'relay/intake',
  'relay/monitoring',
  'relay/store',
  'console',
];

const USAGE = `Usage: npm run mutate -- [OPTIONS] [PATH...]

PATH is a directory without its subdirectories, or a file. Options:
  --mutants N      mutants of each directory, chosen at random with a fixed seed (150 by default)
  --tests PATTERN  runs only the test files whose path matches a regular expression
  --reuse          measures only test files that have changed since the last run`;

/** Returns the modules that `jest.config.js` excludes from coverage: separate processes run them, or they have only types. */
async function unmeasured(sources: readonly string[]): Promise<string[]> {
  const excluded = ((await jestConfig()).collectCoverageFrom ?? []).filter((glob) => glob.startsWith('!'));
  return sources.filter((path) => excluded.some((glob) => matchesGlob(path, glob.slice(1))));
}

/** The choices for a run of Stryker. */
interface Run {
  readonly sources: readonly string[];
  /** Number of mutants of each directory. */
  readonly mutants: number;
  /** Folder for temporary files. */
  readonly folder: string;
}

/** A run of a test file without a mutant, which the test runner writes. */
interface OriginalRun {
  readonly testFile: string;
  /** `null` if a test failed. */
  readonly original: object | null;
}

/** Returns Stryker's configuration. */
const configurationOf = ({ sources, mutants, folder }: Run) => ({
  mutate: sources,
  // Mutants of texts would ask for tests that repeat the texts.
  mutator: { excludedMutations: ['StringLiteral'] },
  plugins: ['@stryker-mutator/jest-runner', join(ROOT, 'scripts/mutation/stryker-plugins.js')],
  checkers: ['sample'],
  // Read by the plugins.
  sample: { root: ROOT, folder, size: mutants, seed: 1 },
  testRunner: 'nearest-first',
  testRunnerNodeArgs: NODE_OPTIONS,
  // The test runner knows which tests execute a mutant.
  coverageAnalysis: 'off',
  jest: {
    configFile: 'jest.config.js',
    config: {
      // Stryker does not replace <rootDir> in this path.
      testEnvironment: './scripts/mutation/first-failure.js',
    },
  },
  ignorePatterns: ['build', 'coverage', 'dist', 'relay/dist*'],
  // Each test file leaks memory; see jest.config.js.
  maxTestRunnerReuse: 20,
  // Limits that also hold on a busy machine. Most endless loops end earlier, by the number of their repetitions.
  timeoutMS: 300_000,
  tempDirName: join(folder, 'sandbox'),
  reporters: ['lines', 'json'],
  jsonReporter: { fileName: join(folder, 'report.json') },
  warnings: { unknownOptions: false, slow: false },
  allowEmpty: true,
});

/** Runs Stryker, and returns its report. @throws {BuildFailed} if Stryker fails */
function runStryker(run: Run): Report {
  const configFile = join(run.folder, 'stryker.json');
  writeFileSync(configFile, JSON.stringify(configurationOf(run)));
  const args = ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', configFile];
  const { status } = spawnSync('node', args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new BuildFailed('Stryker failed. The reason is printed above.');
  return JSON.parse(readFileSync(join(run.folder, 'report.json'), 'utf8')) as Report;
}

/** Prints the mutants of an outcome. */
function printList(title: string, mutants: readonly Mutant[]): void {
  console.log(`\n${title}: ${mutants.length}`);
  for (const { file, position, code, original, replacement } of mutants) {
    console.log(`${file}:${position.line}:${position.column}  ${code}\n    ${original}\n    -> ${replacement}`);
  }
}

/** Returns the test files with a test that failed without a mutant. */
function failedTestFiles(testFiles: TestFiles, folder: string): string[] {
  const inSandbox = globSync(join(folder, 'original-*.json')).flatMap((path) => {
    const { testFile, original } = JSON.parse(readFileSync(path, 'utf8')) as OriginalRun;
    return original === null ? [testFile] : [];
  });
  return [...Object.keys(testFiles).filter((path) => testFiles[path]?.hasFailed), ...inSandbox];
}

await runScript(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      mutants: { type: 'string', default: '150' },
      tests: { type: 'string', default: '' },
      reuse: { type: 'boolean', default: false },
    },
  });
  const paths = positionals.length > 0 ? positionals : DIRECTORIES;
  const found = globSync(paths.map((path) => (path.endsWith('.ts') ? path : join(path, '*.ts'))));
  if (found.length === 0 || !/^[1-9]\d*$/.test(values.mutants)) throw new BuildFailed(USAGE);
  const apart = await unmeasured(found);
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-mutants-'));
  try {
    const pattern = new RegExp(values.tests);
    const testFiles = await measuredTestFiles(pattern, values.reuse);
    writeFileSync(join(folder, 'test-files.json'), JSON.stringify(testFiles));
    const report = runStryker({
      sources: found.filter((path) => !apart.includes(path)),
      mutants: Number(values.mutants),
      folder,
    });
    const mutants = mutantsIn(report, EQUIVALENT);
    const having = (outcome: Mutant['outcome']) => mutants.filter((mutant) => mutant.outcome === outcome);
    printList('Mutants that no test notices', having('survived'));
    printList('Mutants in code that none of these tests executes', having('not run'));
    const failed = failedTestFiles(testFiles, folder);
    if (failed.length > 0)
      console.log(`\nTest files left out, because they fail without a mutant: ${failed.join(', ')}`);
    if (apart.length > 0) console.log(`\nNot measured (run by separate processes, or only types): ${apart.join(', ')}`);
    console.log('\n| Directory | Score | Noticed | Survived | Equivalent | Not executed |');
    console.log('| --- | --- | --- | --- | --- | --- |');
    for (const { directory, percentage, noticed, survived, equivalent, notRun } of scoresOf(mutants)) {
      console.log(`| ${directory}/ | ${percentage} % | ${noticed} | ${survived} | ${equivalent} | ${notRun} |`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
