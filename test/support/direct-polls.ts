/** Polls of triggers without core, with a working cache. All requests except requests for the branch fail. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { JsonObject } from '../../wire/json.ts';

/** Returns the bundle of a poll. @param meta - metadata that replaces the metadata of a live poll */
export const bundleWith = (meta: JsonObject = {}): Bundle =>
  ({
    authData: { private_key: PRIVATE_KEY },
    inputData: { time_zone: 'UTC' },
    meta: { zap: { id: '17' }, ...meta },
  }) as unknown as Bundle;

/** Returns a cache that keeps entries and supports `nx`. */
export const workingCache = (entries = new Map<string, unknown>()) => ({
  get: (key: string) => Promise.resolve(entries.get(key) ?? null),
  set: (key: string, value: unknown, _ttl?: number, _scope?: string[], nx = false) => {
    if (nx && entries.has(key)) return Promise.resolve(false);
    entries.set(key, value);
    return Promise.resolve(true);
  },
  delete: (key: string) => Promise.resolve(entries.delete(key)),
});

/** Returns a `z` with a cache that keeps entries. */
export function cachedZ(entries = new Map<string, unknown>()): ZObject {
  const request = () => Promise.resolve({ status: 200, data: { id: 1, name: 'Branch', timezone: 'UTC' } });
  return { ...directZ, request, cache: workingCache(entries) } as unknown as ZObject;
}
