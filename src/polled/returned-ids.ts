/**
 * Memory of a Zap with a polled trigger: the ids of the records that it has returned with their details. It saves
 * requests and is best effort, because Zapier may delete a cache entry at any time. It contains ids only.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { cacheKey } from '../api/cache.ts';
import { sha256 } from '../sha256.ts';

/** Ids by the outcome of their records. */
export interface KnownIds {
  /** Ids of records that were returned with their details, or that Zapier noted when the Zap was turned on. */
  readonly returned: ReadonlySet<string>;
  /** Ids of records whose details do not meet the choices in the trigger, or no longer exist. */
  readonly refused: ReadonlySet<string>;
}

/** The ids that a Zap knows. */
export interface Memory {
  readonly known: KnownIds;
  /** False if the cache does not respond or keeps nothing. It must not be written then, because it may have an entry. */
  readonly isKept: boolean;
}

const NOTHING: KnownIds = { returned: new Set(), refused: new Set() };

/** As long as the longest time that a trigger looks ahead. */
const TTL_SECONDS = 14 * 86_400;

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

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

/** Returns the ids that a Zap knows. @returns null if there is no entry @throws {Error} if the cache does not respond */
async function readEntry(z: ZObject, bundle: Bundle, triggerKey: string): Promise<KnownIds | null> {
  const entry: unknown = await z.cache.get(keyOf(bundle, triggerKey));
  if (!isJsonObject(entry) || !isTextList(entry.returned) || !isTextList(entry.refused)) return null;
  return { returned: new Set(entry.returned), refused: new Set(entry.refused) };
}

/**
 * Returns the memory of a Zap. If there is no entry, an empty one is written and read, to see whether the cache keeps it.
 */
export async function readMemory(z: ZObject, bundle: Bundle, triggerKey: string): Promise<Memory> {
  try {
    const entry = await readEntry(z, bundle, triggerKey);
    if (entry) return { known: entry, isKept: true };
    await writeKnownIds(z, bundle, triggerKey, NOTHING);
    return { known: NOTHING, isKept: (await readEntry(z, bundle, triggerKey)) !== null };
  } catch {
    return { known: NOTHING, isKept: false };
  }
}

/** Replaces the ids that a Zap knows. A failure has no effect, except that details are read again. */
export async function writeKnownIds(z: ZObject, bundle: Bundle, triggerKey: string, ids: KnownIds): Promise<void> {
  const entry = { returned: [...ids.returned], refused: [...ids.refused] };
  try {
    await z.cache.set(keyOf(bundle, triggerKey), entry, TTL_SECONDS);
  } catch {
    // The next poll reads the details again.
  }
}
