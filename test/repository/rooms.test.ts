/** The rule that tests are in the directory with the name of the directory that they test. */

import { existsSync, globSync } from 'node:fs';
import { dirname } from 'node:path';

import { expect, it } from '@jest/globals';

/** Directories of tests that have no counterpart. */
const OTHERS = ['test/guide', 'test/jest', 'test/repository'];

/** Returns the directories whose tests a directory may contain. */
function testedBy(directory: string): string[] {
  const room = directory.replace(/\/scenarios$/, '');
  return room.startsWith('relay/')
    ? [room.replace('/test', '')]
    : [room.replace(/^test\/?/, 'src/'), room.replace(/^test\/?/, './')];
}

it('each directory of tests has a counterpart', () => {
  const directories = new Set(globSync('{test,relay/test}/**/*.test.ts').map(dirname));
  expect(directories.size).toBeGreaterThan(40);
  const lost = [...directories].filter((directory) => !testedBy(directory).some((path) => existsSync(path)));
  expect(lost.sort()).toEqual(OTHERS);
});
