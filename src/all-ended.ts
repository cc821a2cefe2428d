/**
 * Works like `Promise.all`, but settles only when all promises have settled, so that no request outlives the run of its
 * step.
 */
export async function allEnded<T extends readonly unknown[] | []>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
