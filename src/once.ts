/**
 * Wraps a function without arguments so that it runs only on the first call. Output fields are computed this way because
 * most calls to the app do not need them, and computing all of them takes 45 ms.
 */
export function once<T extends object>(compute: () => T): () => T {
  let result: T | null = null;
  return () => (result ??= compute());
}
