/**
 * Wraps a function that is called without arguments so that it runs only on the first call. Output fields are computed
 * this way: most calls of the app do not need them, and computing all of them takes 45 ms.
 */
export function once<T extends object>(compute: () => T): () => T {
  let result: T | null = null;
  return () => (result ??= compute());
}
