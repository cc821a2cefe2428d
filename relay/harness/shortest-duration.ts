/** Measures durations on a machine that other jobs use at the same time. */

/** Maximum number of measurements. A measurement below the limit ends the series. */
const MAX_ROUNDS = 40;

/** Returns the CPU time of an operation in milliseconds. The time of other processes does not count. */
export async function cpuTimeOf(operation: () => unknown): Promise<number> {
  const begin = process.cpuUsage();
  await operation();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

/** Returns the duration of an operation in milliseconds. */
export async function durationOf(operation: () => unknown): Promise<number> {
  const begin = performance.now();
  await operation();
  return performance.now() - begin;
}

/**
 * Measures a duration up to {@link MAX_ROUNDS} times, until a measurement is below a limit. Returns the shortest
 * duration in milliseconds. Other jobs on the machine can only lengthen a measurement, so the shortest measurement is
 * closest to the true duration.
 */
export async function shortestDuration(limitMs: number, measure: () => Promise<number>): Promise<number> {
  let shortest = Infinity;
  for (let round = 0; round < MAX_ROUNDS && shortest >= limitMs; round++) {
    shortest = Math.min(shortest, await measure());
  }
  return shortest;
}
