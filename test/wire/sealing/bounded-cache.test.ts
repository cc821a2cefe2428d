import { describe, expect, it } from '@jest/globals';

import { BoundedCache } from '../../../wire/sealing/bounded-cache.ts';

describe('a bounded cache', () => {
  it('computes each value once, even for concurrent calls', async () => {
    const cache = new BoundedCache<number>(2);
    let computed = 0;
    const compute = () => Promise.resolve(++computed);
    expect(await Promise.all([cache.get('a', compute), cache.get('a', compute)])).toEqual([1, 1]);
    expect(await cache.get('a', compute)).toBe(1);
  });

  it('evicts the least recently used entry', async () => {
    const cache = new BoundedCache<string>(2);
    const get = (key: string, value: string) => cache.get(key, () => Promise.resolve(value));
    await get('a', 'first');
    await get('b', 'first');
    await get('a', 'second');
    await get('c', 'first');
    expect(await get('a', 'third')).toBe('first');
    expect(await get('b', 'second')).toBe('second');
  });

  it('repeats a failed computation', async () => {
    const cache = new BoundedCache<number>(1);
    const failure = new Error('The computation failed.');
    await expect(cache.get('a', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await cache.get('a', () => Promise.resolve(2))).toBe(2);
  });

  it('keeps a new entry when an evicted computation of the same key fails', async () => {
    const cache = new BoundedCache<number>(1);
    let fail: (error: Error) => void = () => undefined;
    const failing = cache.get('a', () => new Promise((_resolve, reject) => (fail = reject)));
    await cache.get('b', () => Promise.resolve(1));
    await cache.get('a', () => Promise.resolve(2));
    fail(new Error('The computation failed.'));
    await expect(failing).rejects.toThrow();
    expect(await cache.get('a', () => Promise.resolve(3))).toBe(2);
  });
});
