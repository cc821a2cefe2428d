/**
 * Decides whether tests can run that need a program. Otherwise, prints that they are skipped.
 *
 * @param tests - the tests, such as "the tests of the alerts"
 * @param remedy - an instruction that makes them run
 * @throws when `CI` is set, because tests must not be skipped there
 */
export function canRun(isAvailable: boolean, tests: string, remedy: string): boolean {
  if (isAvailable) return true;
  if (process.env.CI) throw new Error(`In CI, no test may be skipped, but ${tests} cannot run. ${remedy}`);
  process.stderr.write(`SKIPPED: ${tests}. ${remedy}\n`);
  return false;
}
