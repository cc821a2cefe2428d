/** The checks of a chaos run. */

const failures: string[] = [];

/** Records and prints the result of a check. */
export function check(isPassed: boolean, description: string): void {
  console.log(`${isPassed ? 'ok  ' : 'FAIL'} ${description}`);
  if (!isPassed) failures.push(description);
}

/** Returns the descriptions of the checks that failed. */
export const failedChecks = (): readonly string[] => failures;
