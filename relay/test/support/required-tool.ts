import { it } from '@jest/globals';

interface Block {
  readonly skip: unknown;
}

/**
 * Returns `describe` or `it` for tests that need a permission on the machine. No package that CI installs can grant
 * such a permission. If the tests cannot run, returns the `skip` function of the block, and adds a skipped test whose
 * title `test/jest/left-out-reporter.js` repeats in the summary.
 *
 * @param block - `describe` or `it`
 * @param tests - a phrase that names the tests, such as "the tests of a full disk"
 * @param remedy - an instruction for making the tests run
 */
export function whereAllowed<Kind extends Block>(
  block: Kind,
  isAllowed: boolean,
  tests: string,
  remedy: string,
): Kind | Kind['skip'] {
  if (isAllowed) return block;
  it.skip(`LEFT OUT: ${tests}. ${remedy}`, () => undefined);
  return block.skip;
}

/**
 * Returns `describe` or `it` for tests that need a program, as {@link whereAllowed} does.
 *
 * @throws if `CI` is set and the program is missing, because `.ci/run` installs all programs
 */
export function whereAvailable<Kind extends Block>(
  block: Kind,
  isAvailable: boolean,
  tests: string,
  remedy: string,
): Kind | Kind['skip'] {
  if (!isAvailable && process.env.CI)
    throw new Error(`In CI, no test may be skipped, but ${tests} cannot run. ${remedy}`);
  return whereAllowed(block, isAvailable, tests, remedy);
}
