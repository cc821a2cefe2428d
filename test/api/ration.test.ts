/** The requests that the polls of a connection share. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { NoRequestsLeft, Ration } from '../../src/api/ration.ts';
import type { JsonObject } from '../../wire/json.ts';
import { workingCache } from '../support/direct-polls.ts';

const NOW = Date.parse('2026-10-21T09:00:00Z');
const MINUTE = 60_000;
const bundle = { authData: { private_key: PRIVATE_KEY } } as unknown as Bundle;

const rationWith = (cache: object, now = NOW): Ration => new Ration({ cache } as unknown as ZObject, bundle, now);

/** Returns the ration of a step that can send ten requests without the cache. */
const othersWith = (cache: object): Ration =>
  new Ration({ cache } as unknown as ZObject, bundle, NOW, { name: 'others', portions: 3, withoutCache: 10 });

/** Returns the number of requests that a step can send. */
const requestsOf = (ration: Ration): Promise<number> => ration.reserve(1_000);

describe('the requests of a minute', () => {
  it('are shared by the polls of a connection', async () => {
    const cache = workingCache();
    const polls = Array.from({ length: 5 }, (_, index) => rationWith(cache, NOW + index));
    const counts = await Promise.all(polls.map((ration) => ration.reserve(15)));
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(68);
    expect(await requestsOf(rationWith(cache))).toBeLessThanOrEqual(68 - 4 * 15);
    expect(await requestsOf(rationWith(cache, NOW + MINUTE))).toBe(68);
  });

  it('that a poll returns can be used by others, in the same minute', async () => {
    const cache = workingCache();
    const ration = rationWith(cache);
    await ration.spend(3);
    await ration.reserve(1_000);
    await ration.release();
    expect([await requestsOf(ration), await requestsOf(rationWith(cache, NOW + 7))]).toEqual([1, 64]);
  });

  it('that a poll has used are not returned', async () => {
    const cache = workingCache();
    const ration = rationWith(cache);
    await ration.spend(68);
    await ration.release();
    expect(await requestsOf(rationWith(cache))).toBe(0);
  });

  it('are not unlimited if another poll returns a portion while a poll looks for one', async () => {
    const cache = workingCache();
    await requestsOf(othersWith(cache));
    let isReturned = false;
    const get: typeof cache.get = async (key) => {
      if (!isReturned) await cache.delete(key);
      isReturned = true;
      return cache.get(key);
    };
    expect(await requestsOf(othersWith({ ...cache, get }))).toBe(0);
  });

  it('are none while other steps have taken all of them', async () => {
    const cache = workingCache();
    expect([await requestsOf(othersWith(cache)), await requestsOf(othersWith(cache))]).toEqual([6, 0]);
  });

  it('last for five minutes in the cache, and for the whole minute', async () => {
    const lifetimes = new Set<unknown>();
    const cache = workingCache();
    const set: typeof cache.set = (...entry) => {
      lifetimes.add(entry[2]);
      return cache.set(...entry);
    };
    expect(await requestsOf(rationWith({ ...cache, set }, NOW))).toBe(68);
    expect(await requestsOf(rationWith({ ...cache, set }, NOW + MINUTE - 1))).toBe(0);
    expect([...lifetimes]).toEqual([300]);
  });

  it('are taken only if the cache confirms it', async () => {
    const cache = { get: () => Promise.resolve('1'), set: () => Promise.resolve(undefined) };
    expect(await requestsOf(rationWith(cache))).toBe(0);
  });

  it('can be reserved and spent by concurrent calls', async () => {
    const ration = rationWith(workingCache());
    expect(await Promise.all([requestsOf(ration), requestsOf(ration)])).toEqual([68, 68]);
    const other = rationWith(workingCache());
    await Promise.all([other.spend(2), other.spend(2)]);
    expect(other.spent).toBe(4);
    const reserved = other.reserve(2);
    const spending = other.spend(2);
    other.spendReserved(await reserved);
    await spending;
    expect(other.spent).toBe(8);
  });

  it('are those of the taken portions even if the cache does not find these portions', async () => {
    const cache = { ...workingCache(), get: () => Promise.resolve(null) };
    expect(await requestsOf(othersWith(cache))).toBe(6);
  });

  it('are returned even if the cache fails to forget a portion', async () => {
    const ration = rationWith({ ...workingCache(), delete: () => Promise.reject(new Error('rpc')) });
    await requestsOf(ration);
    await expect(ration.release()).resolves.toBeUndefined();
  });

  it('are not looked for in a cache that has failed three times', async () => {
    let calls = 0;
    const fail = () => {
      calls++;
      return Promise.reject(new Error('rpc'));
    };
    const ration = rationWith({ get: fail, set: fail });
    expect([await ration.reserve(2), calls]).toEqual([0, 3]);
    expect([await ration.reserve(20), calls]).toEqual([0, 3]);
  });

  it('end the reading of rows when they are used', async () => {
    const ration = rationWith(workingCache());
    await Promise.all(Array.from({ length: 68 }, () => ration.spend()));
    await expect(ration.spend()).rejects.toThrow(NoRequestsLeft);
    expect(ration.spent).toBe(68);
  });

  it.each<[string, JsonObject]>([
    ['does not respond', { get: () => Promise.reject(new Error('rpc')), set: () => Promise.reject(new Error('rpc')) }],
    ['keeps nothing', { get: () => Promise.resolve(null), set: () => Promise.resolve(false) }],
  ])('are none if the cache %s, unless other steps share them', async (_what, cache) => {
    const ration = rationWith(cache);
    expect(await requestsOf(ration)).toBe(0);
    await expect(ration.spend()).rejects.toThrow(NoRequestsLeft);
    await ration.release();
    expect(await requestsOf(othersWith(cache))).toBe(10);
  });

  it.each([
    ['first', [1], 68 - 2],
    ['first three', [1, 2, 3], 68 - 3 * 2],
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
    await ration.spend(68);
    expect(ration.spent).toBe(68);
    await expect(ration.spend(1)).rejects.toThrow(NoRequestsLeft);
    expect([ration.spent, await ration.reserve(1)]).toEqual([68, 0]);
  });

  it('are reserved only as far as a poll wants them', async () => {
    const cache = workingCache();
    const ration = rationWith(cache);
    expect([await ration.reserve(3), await ration.reserve(4)]).toEqual([3, 4]);
    expect(await ration.reserve(5)).toBe(5);
    expect(await requestsOf(rationWith(cache))).toBe(68 - 6);
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
    expect(await requestsOf(rationWith(cache))).toBe(0);
    expect(await requestsOf(othersWith(cache))).toBe(0);
  });
});
