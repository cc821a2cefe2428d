/** The requests that the polls of a connection share. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { NoRequestsLeft, Ration } from '../../src/polled/ration.ts';
import type { JsonObject } from '../../wire/json.ts';
import { PRIVATE_KEY } from '../helpers.ts';

const NOW = Date.parse('2026-10-21T09:00:00Z');
const MINUTE = 60_000;
const bundle = { authData: { private_key: PRIVATE_KEY } } as unknown as Bundle;

/** Returns a cache that keeps entries, with `nx`. */
function workingCache(entries = new Map<string, unknown>()) {
  return {
    get: (key: string) => Promise.resolve(entries.get(key) ?? null),
    set: (key: string, value: unknown, _ttl?: number, _scope?: string[], nx = false) => {
      if (nx && entries.has(key)) return Promise.resolve(false);
      entries.set(key, value);
      return Promise.resolve(true);
    },
  };
}
const rationWith = (cache: object, now = NOW): Ration => new Ration({ cache } as unknown as ZObject, bundle, now);

/** Returns the number of requests that a poll may send. */
async function requestsOf(ration: Ration, canWiden = false): Promise<number> {
  ration.canWiden = canWiden;
  return ration.reserve(1_000);
}

describe('the requests of a minute', () => {
  it('are shared by the polls of a connection', async () => {
    const cache = workingCache();
    const polls = Array.from({ length: 5 }, (_, index) => rationWith(cache, NOW + index));
    const counts = await Promise.all(polls.map((ration) => ration.reserve(11)));
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(48);
    expect(await requestsOf(rationWith(cache))).toBeLessThanOrEqual(48 - 4 * 11);
    expect(await requestsOf(rationWith(cache, NOW + MINUTE))).toBe(48);
  });

  it('are more in one minute in twenty', async () => {
    const cache = workingCache();
    const counts = [];
    for (let minute = 0; minute < 200; minute++) {
      counts.push(await requestsOf(rationWith(cache, NOW + minute * MINUTE), true));
    }
    expect(counts.filter((count) => count === 68)).toHaveLength(72);
    expect(counts.filter((count) => count === 48)).toHaveLength(128);
    // Another poll in a wide minute.
    const ration = rationWith(cache);
    expect(await requestsOf(ration, true)).toBe(0);
    expect(await requestsOf(rationWith(cache, NOW + 1_441 * MINUTE), true)).toBe(68);
  });

  it('end the reading of rows when they are used', async () => {
    const ration = rationWith(workingCache());
    await Promise.all(Array.from({ length: 48 }, () => ration.spend()));
    await expect(ration.spend()).rejects.toThrow(NoRequestsLeft);
    expect(ration.spent).toBe(48);
  });

  it.each<[string, JsonObject]>([
    ['does not respond', { get: () => Promise.reject(new Error('rpc')), set: () => Promise.reject(new Error('rpc')) }],
    ['keeps nothing', { get: () => Promise.resolve(null), set: () => Promise.resolve(false) }],
  ])('are ten besides those for rows if the cache %s', async (_what, cache) => {
    expect(await requestsOf(rationWith(cache))).toBe(10);
    const ration = rationWith(cache);
    expect(await requestsOf(ration, true)).toBe(10);
    for (let count = 0; count < 20; count++) await ration.spend();
    expect([await ration.reserve(20), ration.spent]).toEqual([10, 20]);
  });

  it.each([
    ['first', [1], 48 - 2],
    ['first three', [1, 2, 3], 48 - 3 * 2],
  ])('are those of the portions that could be taken if the cache fails for the %s', async (_which, failing, count) => {
    const cache = workingCache();
    let calls = 0;
    const set: typeof cache.set = (...entry) =>
      failing.includes(++calls) ? Promise.reject(new Error('rpc')) : cache.set(...entry);
    expect(await requestsOf(rationWith({ ...cache, set }))).toBe(count);
  });

  it('are counted although the first attempt to take one fails', async () => {
    const entries = new Map<string, unknown>();
    const cache = workingCache(entries);
    let calls = 0;
    const set: typeof cache.set = (...entry) =>
      ++calls === 1 ? Promise.reject(new Error('rpc')) : cache.set(...entry);
    await rationWith({ ...cache, set }).spend();
    expect(entries.size).toBe(1);
  });

  it('are taken in addition to the reserved requests, all or none', async () => {
    const ration = rationWith(workingCache());
    await ration.take(48);
    expect(ration.spent).toBe(48);
    await expect(ration.take(1)).rejects.toThrow(NoRequestsLeft);
    expect([ration.spent, await ration.reserve(1)]).toEqual([48, 0]);
  });

  it('are reserved only as far as a poll wants them', async () => {
    const cache = workingCache();
    const ration = rationWith(cache);
    expect([await ration.reserve(3), await ration.reserve(4)]).toEqual([3, 4]);
    expect(await requestsOf(rationWith(cache))).toBe(48 - 4);
  });

  it('are rarely tried by two polls, because polls that begin at different moments start at different portions', async () => {
    const cache = workingCache();
    let taken = 0;
    const set: typeof cache.set = async (...entry) => {
      const isFree = await cache.set(...entry);
      if (!isFree) taken++;
      return isFree;
    };
    for (const later of [0, 7, 13]) {
      expect(await rationWith({ ...cache, set }, NOW + later).reserve(4)).toBe(4);
    }
    expect(taken).toBe(0);
  });

  it('are unknown, and none for now, if the cache only fails to say which portions are taken', async () => {
    const cache = { get: () => Promise.reject(new Error('rpc')), set: () => Promise.resolve(false) };
    expect(await requestsOf(rationWith(cache), true)).toBe(0);
  });
});
