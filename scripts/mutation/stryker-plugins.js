/**
 * Two plugins for Stryker. The checker keeps a random sample of the mutants. The test runner is Stryker's runner for
 * Jest, except that it loads only the test files that execute a mutant, and starts with the files that execute little
 * else: this runner cannot stop Jest at the first failed test, and most test files load the whole app.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';

import { strykerPlugins as pluginsForJest } from '@stryker-mutator/jest-runner';

/** Number of test files that run first. If all of their tests pass, the other files run. */
const FIRST_FILES = 2;
/** Limit on the duration of the tests of a mutant, in milliseconds of the dry run. */
const LONGEST_TESTS = 15_000;

/** The plugins run in several processes, which exchange data by files. */
const dataFile = ({ sample: { folder } }, name) => join(folder, `${name}.json`);
const writeData = (options, name, data) => {
  writeFileSync(dataFile(options, name), JSON.stringify(data));
};
const readData = (options, name) => JSON.parse(readFileSync(dataFile(options, name), 'utf8'));

/** Creates the checker. Mutants outside of the sample get the status of code that does not compile. */
function createSampler(options) {
  const { size, seed } = options.sample;
  const sample = new Set();
  /** Returns the position of a mutant in the random order. */
  const rank = ({ fileName, mutatorName, replacement, location }) =>
    createHash('sha256')
      .update(JSON.stringify([seed, relative(process.cwd(), fileName), mutatorName, replacement, location]))
      .digest('hex');
  return {
    init: async () => {},
    group: async (mutants) => {
      writeData(options, 'files', Object.fromEntries(mutants.map(({ id, fileName }) => [id, fileName])));
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

/**
 * Returns the tests of the dry run, and a function that returns which share of the mutants that a test file executes is in
 * a source file.
 */
function readCoverage(options) {
  const { tests, perTest } = readData(options, 'tests');
  const fileOfMutant = readData(options, 'files');
  const sources = new Map();
  for (const [testFile, ofFile] of Map.groupBy(tests, ({ fileName }) => fileName)) {
    const mutants = new Set(ofFile.flatMap(({ id }) => Object.keys(perTest[id] ?? {})));
    sources.set(
      testFile,
      [...mutants].map((id) => fileOfMutant[id]),
    );
  }
  const shareOf = (testFile, source) => {
    const all = sources.get(testFile);
    return all.filter((each) => each === source).length / Math.max(1, all.length);
  };
  return { tests, shareOf };
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

  /** Returns the tests for a mutant by file, nearest first. */
  function testsFor({ testFilter, activeMutant: { fileName: source } }) {
    const { tests, shareOf } = (coverage ??= readCoverage(options));
    // No test executes code that runs while a module loads, so the tests that execute other code of the file run
    // instead.
    const ids = testFilter && new Set(testFilter);
    const wanted = tests.filter(({ id, fileName }) => (ids ? ids.has(id) : shareOf(fileName, source) > 0));
    let duration = 0;
    return [...Map.groupBy(wanted, ({ fileName }) => fileName)]
      .sort(([one], [other]) => shareOf(other, source) - shareOf(one, source))
      .filter(([, ofFile], index) => {
        for (const { timeSpentMs } of ofFile) duration += timeSpentMs;
        return index === 0 || duration < LONGEST_TESTS;
      });
  }

  return Object.assign(runner, {
    // Paths of test files replace the source file whose related tests Jest would run.
    run: (settings) => run(testFiles ? { ...settings, testFiles } : settings),
    dryRun: async (settings) => {
      const result = await dryRun(settings);
      const tests = result.tests?.map(({ id, fileName, timeSpentMs }) => ({ id, fileName, timeSpentMs }));
      writeData(options, 'tests', { tests, perTest: result.mutantCoverage?.perTest });
      return result;
    },
    mutantRun: async (settings) => {
      const files = testsFor(settings);
      let result = { status: 'survived', nrOfTests: 0 };
      for (const part of [files.slice(0, FIRST_FILES), files.slice(FIRST_FILES)]) {
        if (part.length === 0 || result.status !== 'survived') continue;
        testFiles = part.map(([path]) => path);
        const testFilter = settings.testFilter && part.flatMap(([, tests]) => tests.map(({ id }) => id));
        result = await mutantRun({ ...settings, testFilter });
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
