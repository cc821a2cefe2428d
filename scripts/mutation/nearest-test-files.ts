/** The choice of test files for a mutant. */

import type { TestFiles } from './executed-code.ts';

/** Largest number of test files that run for a mutant. */
const MOST_FILES = 8;

/** Returns whether an offset is in executed code. */
const isIn = (executed: readonly number[], offset: number): boolean =>
  executed.filter((boundary) => boundary <= offset).length % 2 === 1;

/**
 * Returns the test files that execute an offset of a source file. The first files execute little other code, so that most
 * of their tests are about the source file.
 */
export function nearestTestFiles(testFiles: TestFiles, source: string, offset: number): string[] {
  return Object.entries(testFiles)
    .filter(([, { hasFailed }]) => !hasFailed)
    .flatMap(([path, { sources, inFunctions }]) => {
      const own = sources[source];
      if (!own || !isIn(own.executed, offset)) return [];
      return [{ path, share: own.inFunctions / Math.max(1, inFunctions) }];
    })
    .sort((one, other) => other.share - one.share)
    .slice(0, MOST_FILES)
    .map(({ path }) => path);
}
