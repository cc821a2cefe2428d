/** Per-connection cache of API responses. While a user builds a Zap, Zapier requests the same data many times. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { privateKeyOf } from './private-key.ts';
import { sha256 } from './sha256.ts';

const TTL_SECONDS = 600;

/** Returns the name of a cache entry of a connection. */
export function cacheKey(bundle: Bundle, name: string): string {
  // Zapier does not document which accounts share a cache, so the key contains a hash of the account's private key.
  const account = sha256(`cache of ${privateKeyOf(bundle)}`).slice(0, 32);
  return `${name}_${account}`;
}

/** Returns the value of a cache entry; null if there is no entry, or if the cache fails. */
export async function remembered<T>(z: ZObject, bundle: Bundle, name: string): Promise<T | null> {
  try {
    return (await z.cache.get(cacheKey(bundle, name))) as T | null;
  } catch {
    return null;
  }
}

/** Saves a value in a cache entry. Ignores a failure of the cache. */
export async function remember(
  z: ZObject,
  bundle: Bundle,
  name: string,
  value: unknown,
  ttlSeconds: number,
): Promise<void> {
  try {
    await z.cache.set(cacheKey(bundle, name), value, ttlSeconds);
  } catch {
    // The next call fetches the value again.
  }
}

/**
 * Returns the cached value if it was fetched within the lifetime (default: ten minutes). Otherwise fetches the value
 * and caches it. A failure of the cache counts as a miss.
 */
export async function cached<T>(
  z: ZObject,
  bundle: Bundle,
  name: string,
  fetch: () => Promise<T>,
  ttlSeconds = TTL_SECONDS,
): Promise<T> {
  const known = await remembered<T>(z, bundle, name);
  if (known !== null) return known;
  const value = await fetch();
  await remember(z, bundle, name, value, ttlSeconds);
  return value;
}
