/**
 * Wraps a function that is called without arguments so that it runs only on the first call. Output fields are computed
 * this way, because most calls of the app never need them.
 */
export function once<T extends object>(compute: () => T): () => T {
  let result: T | null = null;
  return () => (result ??= compute());
}
