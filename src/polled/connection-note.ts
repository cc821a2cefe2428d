/** Facts that the polls of all Zaps of a connection share, in Zapier's cache. If they are lost, no record is lost. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject } from '../../wire/json.ts';
import { cacheKey } from '../api/cache.ts';

/** The facts. */
export interface ConnectionNote {
  /** The minutes since 1970 in which polls may send more requests than usual. */
  readonly wideMinutes: readonly number[];
  /**
   * The Zap that could not read records that are due soon, and the time in milliseconds since 1970 until which other
   * Zaps leave the requests to it.
   */
  readonly hurry: { readonly zapId: string; readonly until: number } | null;
  /** True if TutorCruncher's filter `start_lte` is known to compare the start of lessons. */
  readonly comparesStart: boolean;
}

const TTL_SECONDS = 14 * 86_400;
const NAME = 'polls';
const NOTHING: ConnectionNote = { wideMinutes: [], hurry: null, comparesStart: false };

/** Returns the facts of a connection; the defaults if there are none, or if the cache does not respond. */
export async function readNote(z: ZObject, bundle: Bundle): Promise<ConnectionNote> {
  const entry: unknown = await z.cache.get(cacheKey(bundle, NAME)).catch(() => null);
  return isJsonObject(entry) ? { ...NOTHING, ...entry } : NOTHING;
}

/** Changes facts of a connection. Of two changes at the same time, one may be lost. */
export async function changeNote(z: ZObject, bundle: Bundle, changes: Partial<ConnectionNote>): Promise<void> {
  const note = await readNote(z, bundle);
  await z.cache.set(cacheKey(bundle, NAME), { ...note, ...changes }, TTL_SECONDS).catch(() => undefined);
}
