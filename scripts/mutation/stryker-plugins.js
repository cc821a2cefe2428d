/**
 * Two plugins for Stryker. The checker keeps a random sample of the mutants. The test runner is Stryker's runner for Jest,
 * except that it loads only the test files that run a mutant, and starts with those that run little else: this runner
 * cannot stop Jest at the first failed test, and most test files load the whole app.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';

import { strykerPlugins as pluginsForJest } from '@stryker-mutator/jest-runner';

/** Number of test files that run first. If all of their tests pass, the other ones run. */
const FIRST_FILES = 4;
/** Limit on the duration of the tests of a mutant, in milliseconds of the dry run. */
const LONGEST_TESTS = 15_000;

/** Returns the path of a file for data that outlives the process of a plugin. */
const dataFile = (options, name) => join(options.sample.folder, `${name}.json`);
const writeData = (options, name, data) => {
  writeFileSync(dataFile(options, name), JSON.stringify(data));
};
const readData = (options, name) => JSON.parse(readFileSync(dataFile(options, name), 'utf8'));

/** Creates the checker. Mutants outside of the sample get the status of code that does not compile. */
function createSampler(options) {
  const { size, seed } = options.sample;
  let sample = new Set();
  /** Returns the position of a mutant in the random order. */
  const rank = ({ fileName, mutatorName, replacement, location }) =>
    createHash('sha256')
      .update(JSON.stringify([seed, relative(process.cwd(), fileName), mutatorName, replacement, location]))
      .digest('hex');
  const sampleOf = (mutants) =>
    mutants
      .map((mutant) => ({ id: mutant.id, rank: rank(mutant) }))
      .sort((one, other) => one.rank.localeCompare(other.rank))
      .slice(0, size);
  return {
    init: async () => {},
    group: async (mutants) => {
      writeData(options, 'files', Object.fromEntries(mutants.map(({ id, fileName }) => [id, fileName])));
      const directories = Object.groupBy(mutants, ({ fileName }) => dirname(fileName));
      sample = new Set(
        Object.values(directories)
          .flatMap(sampleOf)
          .map(({ id }) => id),
      );
      return [mutants.map(({ id }) => id)];
    },
    check: async (mutants) =>
      Object.fromEntries(
        mutants.map(({ id }) => [
          id,
          sample.has(id) ? { status: 'passed' } : { status: 'compileError', reason: 'not in the sample' },
        ]),
      ),
  };
}
createSampler.inject = ['options'];

/**
 * Reads the results of the dry run.
 * @returns the tests by their ids, and the share of each source file in the mutants that a test file runs
 */
function readCoverage(options) {
  const { tests, perTest } = readData(options, 'tests');
  const fileOfMutant = readData(options, 'files');
  const testsById = new Map(tests.map((test) => [test.id, test]));
  const mutantsOfTests = new Map();
  for (const [id, hits] of Object.entries(perTest)) {
    const { fileName } = testsById.get(id) ?? {};
    if (fileName === undefined) continue;
    const mutants = mutantsOfTests.get(fileName) ?? new Set();
    for (const mutant of Object.keys(hits)) mutants.add(mutant);
    mutantsOfTests.set(fileName, mutants);
  }
  const shares = new Map(
    [...mutantsOfTests].map(([fileName, mutants]) => {
      const shareOf = new Map();
      for (const mutant of mutants) {
        const file = fileOfMutant[mutant];
        shareOf.set(file, (shareOf.get(file) ?? 0) + 1 / mutants.size);
      }
      return [fileName, shareOf];
    }),
  );
  return { testsById, shares };
}

/** Creates the test runner. */
function createNearestFirstRunner(injector) {
  const options = injector.resolve('options');
  const runner = injector.injectFunction(pluginsForJest[0].factory);
  const dryRun = runner.dryRun.bind(runner);
  const mutantRun = runner.mutantRun.bind(runner);
  const run = runner.run.bind(runner);
  let coverage;
  let testFiles;

  /** Returns the tests for a mutant by file, nearest first. No test runs code that runs while its module loads. */
  function testsFor({ testFilter, activeMutant: { fileName: mutated } }) {
    const { testsById, shares } = (coverage ??= readCoverage(options));
    const shareIn = (file) => shares.get(file)?.get(mutated) ?? 0;
    const tests = testFilter
      ? testFilter.map((id) => testsById.get(id))
      : [...testsById.values()].filter(({ fileName }) => shareIn(fileName) > 0);
    const byFile = Object.entries(Object.groupBy(tests, ({ fileName }) => fileName));
    let duration = 0;
    return byFile
      .sort(([one], [other]) => shareIn(other) - shareIn(one))
      .filter(([, ofFile], index) => {
        for (const { timeSpentMs } of ofFile) duration += timeSpentMs;
        return index === 0 || duration < LONGEST_TESTS;
      });
  }

  return Object.assign(runner, {
    // Paths of test files replace the file whose related tests Jest would run.
    run: (settings) => run(testFiles ? { ...settings, testFiles } : settings),
    dryRun: async (settings) => {
      const result = await dryRun(settings);
      const tests = result.tests?.map(({ id, fileName, timeSpentMs }) => ({ id, fileName, timeSpentMs }));
      writeData(options, 'tests', { tests, perTest: result.mutantCoverage?.perTest });
      return result;
    },
    mutantRun: async (settings) => {
      const files = testsFor(settings);
      let result;
      for (const part of [files.slice(0, FIRST_FILES), files.slice(FIRST_FILES)]) {
        if (part.length === 0) continue;
        testFiles = part.map(([path]) => path);
        const testFilter = settings.testFilter && part.flatMap(([, tests]) => tests.map(({ id }) => id));
        result = await mutantRun({ ...settings, testFilter });
        if (result.status !== 'survived') break;
      }
      return result;
    },
  });
}
createNearestFirstRunner.inject = ['$injector'];

export const strykerPlugins = [
  { kind: 'Checker', name: 'sample', factory: createSampler },
  { kind: 'TestRunner', name: 'nearest-first', factory: createNearestFirstRunner },
];
