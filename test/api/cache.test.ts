/** The cache of a connection. All steps of the connection share the cache. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { cached, cacheKey, remembered } from '../../src/api/cache.ts';

const bundleOf = (privateKey: string) =>
  ({ authData: { private_key: privateKey }, inputData: {} }) as unknown as Bundle;
const BUNDLE = bundleOf(PRIVATE_KEY);

/** An entry of the cache: name, value, and lifetime in seconds. */
type Entry = readonly [name: string, value: unknown, ttlSeconds: number];

/** Returns an empty cache that keeps the entries written to it, and lists them. */
function emptyCache() {
  const entries: Entry[] = [];
  const cache = {
    get: (name: string) => Promise.resolve(entries.find(([known]) => known === name)?.[1] ?? null),
    set: (...entry: Entry) => Promise.resolve(entries.push(entry) > 0),
  };
  return { entries, z: { ...directZ, cache } as unknown as ZObject };
}

describe('the cache of a connection', () => {
  it('counts as empty if it fails', async () => {
    const broken = () => Promise.reject(new Error('cache'));
    const z = { ...directZ, cache: { get: broken, set: broken } } as unknown as ZObject;
    expect(await cached(z, BUNDLE, 'x', () => Promise.resolve(7))).toBe(7);
  });

  it('keeps a value for ten minutes, unless another time is given', async () => {
    const { z, entries } = emptyCache();
    expect(await cached(z, BUNDLE, 'x', () => Promise.resolve(7))).toBe(7);
    expect(await cached(z, BUNDLE, 'x', () => Promise.reject(new Error('fetched again')))).toBe(7);
    await cached(z, BUNDLE, 'y', () => Promise.resolve(8), 60);
    expect(entries.map(([, value, ttlSeconds]) => [value, ttlSeconds])).toEqual([
      [7, 600],
      [8, 60],
    ]);
  });

  it.each([0, '', false])('keeps the value %j', async (value) => {
    const { z } = emptyCache();
    await cached(z, BUNDLE, 'x', () => Promise.resolve(value));
    expect(await cached(z, BUNDLE, 'x', () => Promise.reject(new Error('fetched again')))).toBe(value);
  });

  it('is the same for a private key that was pasted with other characters', () => {
    expect(cacheKey(bundleOf(` "${PRIVATE_KEY}"\n`), 'x')).toBe(cacheKey(BUNDLE, 'x'));
  });

  it('keeps nothing of a fetch that fails', async () => {
    const { z, entries } = emptyCache();
    await expect(cached(z, BUNDLE, 'x', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(entries).toEqual([]);
  });

  it('is closed to the connections of other accounts, and its names contain no part of a private key', async () => {
    const { z } = emptyCache();
    await cached(z, BUNDLE, 'x', () => Promise.resolve(7));
    expect(await remembered(z, bundleOf('another-private-key'), 'x')).toBeNull();
    expect(cacheKey(BUNDLE, 'x')).toMatch(/^x_[0-9a-f]{32}$/);
  });
});
