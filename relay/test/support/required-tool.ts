import { it } from '@jest/globals';

/**
 * Returns `describe` or `it` for tests that need a program. If the tests cannot run, returns the `skip` function of the
 * block, and adds a skipped test whose title `test/jest/left-out-reporter.js` repeats in the summary.
 *
 * @param block - `describe` or `it`
 * @param tests - the tests, such as "the tests of the alerts"
 * @param remedy - an instruction for making the tests run
 * @throws if `CI` is set, because tests must not be skipped there
 */
export function whereAvailable<Block extends { readonly skip: unknown }>(
  block: Block,
  isAvailable: boolean,
  tests: string,
  remedy: string,
): Block | Block['skip'] {
  if (isAvailable) return block;
  if (process.env.CI) throw new Error(`In CI, no test may be skipped, but ${tests} cannot run. ${remedy}`);
  it.skip(`LEFT OUT: ${tests}. ${remedy}`, () => undefined);
  return block.skip;
}
