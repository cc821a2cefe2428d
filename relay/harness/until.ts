import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 10;
/**
 * Default time limit in milliseconds. The limit only ends runs that hang, because no test result must depend on the
 * speed of the machine.
 */
const LIMIT_MS = 60_000;

/**
 * Polls a condition every 10 ms until the condition holds.
 *
 * @throws {Error} if the condition does not hold within the time limit
 */
export async function until(condition: () => boolean | Promise<boolean>, milliseconds = LIMIT_MS): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`The condition did not hold within ${milliseconds} ms.`);
    await sleep(INTERVAL_MS);
  }
}
