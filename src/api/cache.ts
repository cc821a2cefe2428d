/** Per-connection cache of API responses. While a user builds a Zap, Zapier requests the same data many times. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { privateKeyOf } from '../private-key.ts';
import { sha256 } from '../sha256.ts';

const TTL_SECONDS = 600;

/** Returns the name of a cache entry of a connection. */
export function cacheKey(bundle: Bundle, name: string): string {
  // Zapier does not document which accounts share a cache, so the key contains a hash of the account's private key.
  const account = sha256(`cache of ${privateKeyOf(bundle)}`).slice(0, 32);
  return `${name}_${account}`;
}

/** Returns a value fetched in the last ten minutes, or another time, or fetches it. A cache failure counts as a miss. */
export async function cached<T>(
  z: ZObject,
  bundle: Bundle,
  name: string,
  fetch: () => Promise<T>,
  ttlSeconds = TTL_SECONDS,
): Promise<T> {
  const key = cacheKey(bundle, name);
  try {
    const value = (await z.cache.get(key)) as T | null;
    if (value !== null) return value;
  } catch {
    // Fetch the value instead.
  }
  const value = await fetch();
  try {
    await z.cache.set(key, value, ttlSeconds);
  } catch {
    // The next call fetches the value again.
  }
  return value;
}
