/** Waiting for concurrent requests. */

/**
 * Waits for promises like `Promise.all`, but settles only when all of them have settled, so that no request outlives the
 * run of its step, even if another request fails.
 * @throws the error of the first promise in the list that was rejected
 */
export async function allEnded<T extends readonly unknown[] | []>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
