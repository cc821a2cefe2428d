/**
 * A fact that the polls of all Zaps of a connection share, in Zapier's cache: TutorCruncher's filter `start_lte` is
 * known to compare the start of lessons. If the fact is lost, polls read some more rows.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { cacheKey } from '../api/cache.ts';

const TTL_SECONDS = 14 * 86_400;
const NAME = 'compares_start';

/** Returns true if the fact is known; false if it is unknown, or if the cache does not respond. */
export const comparesStart = async (z: ZObject, bundle: Bundle): Promise<boolean> =>
  (await z.cache.get(cacheKey(bundle, NAME)).catch(() => null)) === true;

/** Saves in the cache that the filter compares the start. */
export async function rememberComparesStart(z: ZObject, bundle: Bundle): Promise<void> {
  await z.cache.set(cacheKey(bundle, NAME), true, TTL_SECONDS).catch(() => undefined);
}
