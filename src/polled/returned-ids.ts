/**
 * Memory of a Zap with a polled trigger: the ids of the records that it has returned with their details. It saves
 * requests and is best effort, because Zapier may delete a cache entry at any time. It contains ids only.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { cacheKey } from '../api/cache.ts';
import { sha256 } from '../sha256.ts';

/**
 * The ids that a Zap knows. True: the record was returned with its details, or Zapier noted it when the Zap was turned
 * on. False: its details do not meet the choices in the trigger, or no longer exist.
 */
export type KnownIds = Readonly<Record<string, boolean>>;

/** As long as the longest time that a trigger looks ahead. */
const TTL_SECONDS = 14 * 86_400;

const isKnownIds = (value: unknown): value is KnownIds =>
  isJsonObject(value) && Object.values(value).every((entry) => typeof entry === 'boolean');

/** Returns the key of a Zap's entry. Without the id of the Zap, Zaps with the same inputs share an entry. */
function keyOf(bundle: Bundle, triggerKey: string): string {
  // core declares the id as deprecated, so it may be missing one day.
  const meta: unknown = bundle.meta;
  const { zap }: JsonObject = isJsonObject(meta) ? meta : {};
  const id = isJsonObject(zap) ? String(toScalar(zap.id) ?? '') : '';
  // In Zapier's editor and tools, the id can be "0".
  const name = id === '' || id === '0' ? sha256(JSON.stringify(bundle.inputData)).slice(0, 32) : id;
  return cacheKey(bundle, `${triggerKey}_${name}`);
}

async function readEntry(z: ZObject, bundle: Bundle, triggerKey: string): Promise<KnownIds | null> {
  const entry: unknown = await z.cache.get(keyOf(bundle, triggerKey));
  return isKnownIds(entry) ? entry : null;
}

/**
 * Returns the ids that a Zap knows. If there is no entry, an empty one is written and read, to see whether the cache
 * keeps it.
 * @returns null if the cache does not respond or keeps nothing. It must not be written then, because it may have an entry.
 */
export async function readMemory(z: ZObject, bundle: Bundle, triggerKey: string): Promise<KnownIds | null> {
  try {
    const entry = await readEntry(z, bundle, triggerKey);
    if (entry) return entry;
    await writeKnownIds(z, bundle, triggerKey, {});
    return await readEntry(z, bundle, triggerKey);
  } catch {
    return null;
  }
}

/** Replaces the ids that a Zap knows. A failure has no effect, except that details are read again. */
export async function writeKnownIds(z: ZObject, bundle: Bundle, triggerKey: string, ids: KnownIds): Promise<void> {
  await z.cache.set(keyOf(bundle, triggerKey), ids, TTL_SECONDS).catch(() => null);
}
