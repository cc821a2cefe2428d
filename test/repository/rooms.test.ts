/**
 * The rule for the places of tests: the test of a file has the file's directory and name, or is in a folder of
 * scenarios.
 */

import { existsSync, globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { expect, it } from '@jest/globals';

import app from '../../index.ts';

/**
 * Directories of tests that have no counterpart in the product: tests of documents, of the test tools and of whole
 * systems.
 */
const OTHERS = ['test/deploy', 'test/guide', 'test/jest', 'test/repository', 'test/snapshots'];

/** All test files to which the rule applies. */
const tests = globSync('{test,relay/test}/**/*.test.ts').filter((path) => !OTHERS.includes(dirname(path)));

/** Returns the directories whose files the tests in a directory can test. */
function testedBy(directory: string): string[] {
  const room = directory.replace(/\/scenarios$/, '');
  return room.startsWith('relay/')
    ? [room.replace('/test', '')]
    : [room.replace(/^test\/?/, 'src/'), room.replace(/^test\/?/, './')];
}

it('each directory of tests has a counterpart', () => {
  const directories = new Set(tests.map(dirname));
  expect(directories.size).toBeGreaterThan(40);
  const lost = [...directories].filter((directory) => !testedBy(directory).some((path) => existsSync(path)));
  expect(lost).toEqual([]);
});

/** Returns the keys of steps as names of files: `lesson_updated` is `lesson-updated`. */
const namesOf = (definitions: object = {}): string[] => Object.keys(definitions).map((key) => key.replaceAll('_', '-'));

/** The names of the steps, by the directory of their tests. */
const steps: Record<string, string[]> = {
  'test/triggers': namesOf(app.triggers),
  'test/searches': namesOf(app.searches),
  'test/creates': namesOf(app.creates),
};

it('each test has the name of a file or of a step, or is in a folder of scenarios', () => {
  const unnamed = tests.filter((path) => {
    const name = basename(path, '.test.ts');
    const isFile = testedBy(dirname(path)).some(
      (room) => existsSync(join(room, `${name}.ts`)) || existsSync(join(room, `${name}.tsx`)),
    );
    return !isFile && !steps[dirname(path)]?.includes(name) && !dirname(path).endsWith('/scenarios');
  });
  expect(unnamed).toEqual([]);
});
