/**
 * Three plugins for Stryker. The checker keeps a random sample of the mutants. The test runner is Stryker's runner for
 * Jest, except that it runs, for each mutant, the test files that have most in common with the changed code, one after
 * the other, until a test fails. The reporter prints the progress.
 */

import console from 'node:console';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { strykerPlugins as pluginsForJest } from '@stryker-mutator/jest-runner';

import { nearestTestFiles, textOfTests, wordsIn } from './nearest-test-files.ts';

/** Largest number of repetitions of a mutant, as a multiple of the repetitions of the original code. */
const MOST_REPETITIONS = 100;

/** Creates the checker. Mutants outside of the sample get the status of code that does not compile. */
function createSampler(options) {
  const { root, size, seed } = options.sample;
  const sample = new Set();
  /** Returns the position of a mutant in the random order. */
  const rank = ({ fileName, mutatorName, replacement, location }) =>
    createHash('sha256')
      .update(JSON.stringify([seed, relative(root, fileName), mutatorName, replacement, location]))
      .digest('hex');
  return {
    init: async () => {},
    group: async (mutants) => {
      const ranked = mutants.map((mutant) => [rank(mutant), mutant]).sort(([one], [other]) => (one < other ? -1 : 1));
      for (const ofDirectory of Map.groupBy(ranked, ([, { fileName }]) => dirname(fileName)).values()) {
        for (const [, { id }] of ofDirectory.slice(0, size)) sample.add(id);
      }
      return [mutants.map(({ id }) => id)];
    },
    check: async (mutants) =>
      Object.fromEntries(
        mutants.map(({ id }) => [
          id,
          { status: sample.has(id) ? 'passed' : 'compileError', reason: 'not in the sample' },
        ]),
      ),
  };
}
createSampler.inject = ['options'];

/** A stand-in for the tests of the dry run. Each test file runs without a mutant before its first run with a mutant. */
const NO_DRY_RUN = {
  status: 'complete',
  tests: [{ id: 'none', name: 'none', status: 0, timeSpentMs: 0 }],
};

/** Returns the tests of a run without a mutant, and which mutants each of them executes; null if a test failed. */
function originalOf({ status, tests, mutantCoverage }) {
  if (status !== 'complete' || tests.some((test) => test.status === 1)) return null;
  return { tests: tests.map(({ id }) => id), ...mutantCoverage };
}

/**
 * Returns how often a test file executes a mutant, and the tests that execute it: `undefined` for all tests, if the mutant
 * is executed outside of tests, for example while its module loads.
 */
function usesOf({ tests, static: outside, perTest }, id) {
  const executing = tests.filter((test) => perTest[test]?.[id]);
  const repetitions = [outside, ...executing.map((test) => perTest[test])].reduce(
    (sum, hits) => sum + (hits[id] ?? 0),
    0,
  );
  return { repetitions, testFilter: outside[id] ? undefined : executing };
}

/** Creates the test runner. */
function createNearestFirstRunner(injector) {
  const { folder, root } = injector.resolve('options').sample;
  const runner = injector.injectFunction(pluginsForJest[0].factory);
  const dryRun = runner.dryRun.bind(runner);
  const mutantRun = runner.mutantRun.bind(runner);
  const run = runner.run.bind(runner);
  const testFiles = JSON.parse(readFileSync(join(folder, 'test-files.json'), 'utf8'));
  // The name counts five times, because it says most about a test file.
  const words = new Map(
    Object.keys(testFiles).map((path) => [path, wordsIn(`${`${path} `.repeat(5)}${textOfTests(path)}`)]),
  );
  let coverage;
  let testFile;

  /** Returns the test files for a mutant. */
  function testFilesFor({ fileName, location: { start } }) {
    const code = readFileSync(fileName, 'utf8');
    const before = code.split('\n').slice(0, start.line);
    const offset = before.reduce((sum, { length }) => sum + length + 1, start.column);
    return nearestTestFiles(testFiles, words, { source: relative(root, fileName), code, offset });
  }

  /**
   * Returns the run of a test file without a mutant. The run is saved in a file, from which other and later processes
   * read it.
   */
  async function originalRun() {
    const name = createHash('sha256').update(testFile).digest('hex');
    const path = join(folder, `original-${name}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')).original;
    // Earlier runs of this process have counted in the same object.
    if (coverage) Object.assign(coverage, { static: {}, perTest: {} });
    const result = await dryRun({ coverageAnalysis: 'perTest', files: [] });
    coverage = result.mutantCoverage ?? coverage;
    const original = originalOf(result);
    writeFileSync(path, JSON.stringify({ testFile, original }));
    return original;
  }

  return Object.assign(runner, {
    // Paths of test files replace the source file whose related tests Jest would run.
    run: (settings) => run({ ...settings, testFiles: [testFile] }),
    dryRun: async () => NO_DRY_RUN,
    mutantRun: async (settings) => {
      const { id } = settings.activeMutant;
      let result = { status: 'survived', nrOfTests: 0 };
      for (const path of testFilesFor(settings.activeMutant)) {
        testFile = path;
        const original = await originalRun();
        const { repetitions, testFilter } = original ? usesOf(original, id) : { repetitions: 0 };
        if (repetitions === 0) continue;
        const { nrOfTests } = result;
        result = await mutantRun({ ...settings, testFilter, hitLimit: repetitions * MOST_REPETITIONS });
        if (result.status !== 'survived') return result;
        result.nrOfTests += nrOfTests;
      }
      return result;
    },
  });
}
createNearestFirstRunner.inject = ['$injector'];

/** The outcomes of mutants that tests have run with. */
const TESTED = ['Killed', 'Survived', 'Timeout', 'RuntimeError'];

/** Creates the reporter, which prints a line for each mutant of the sample. */
function createLineReporter(options) {
  const { root } = options.sample;
  return {
    onMutantTested: ({ status, fileName, location: { start }, replacement, testsCompleted }) => {
      if (!TESTED.includes(status)) return;
      const outcome = testsCompleted === 0 ? 'Not executed' : status;
      const code = replacement.trim().replaceAll(/\s+/g, ' ');
      console.log(`${outcome.padEnd(12)}  ${relative(root, fileName)}:${start.line}:${start.column}  -> ${code}`);
    },
  };
}
createLineReporter.inject = ['options'];

export const strykerPlugins = [
  { kind: 'Reporter', name: 'lines', factory: createLineReporter },
  { kind: 'Checker', name: 'sample', factory: createSampler },
  { kind: 'TestRunner', name: 'nearest-first', factory: createNearestFirstRunner },
];
