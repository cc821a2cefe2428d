/** Interleaved measurements of the variants of a comparison. */

import { performance } from 'node:perf_hooks';

/** Function to measure. If it returns a promise, the measurement waits for it. */
export type Run = () => unknown;

/** Returns the variant with a name. @throws {Error} if there is none */
export function runOf(runs: Record<string, Run>, name: string): Run {
  const run = runs[name];
  if (!run) throw new Error(`This comparison has no variant "${name}".`);
  return run;
}

/** Returns a quantile of the values. */
export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN;

/** Returns the median of the values. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Returns the median duration of each variant in microseconds, over 60 interleaved samples of about five milliseconds.
 */
export async function medians(runs: Record<string, Run>): Promise<Record<string, number>> {
  const names = Object.keys(runs);
  const repeats: Record<string, number> = {};
  for (const name of names) {
    const run = runOf(runs, name);
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < 300) {
      await run();
      count++;
    }
    repeats[name] = Math.max(1, Math.round((count * 5) / 300));
  }
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < 60; round++) {
    for (const name of names) {
      const run = runOf(runs, name);
      const count = repeats[name] ?? 1;
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        const result = run();
        if (result instanceof Promise) await result;
      }
      times[name]?.push(((performance.now() - start) * 1000) / count);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name] ?? [])]));
}
