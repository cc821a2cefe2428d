import { expect, it } from '@jest/globals';

import { FilterCache } from '../store/filter-cache.ts';

it('returns the filters of channels that are known when the cache is full', async () => {
  const cache = new FilterCache();
  let reads = 0;
  const all = <Row extends object>(_text: string, [keys] = [] as readonly unknown[]): Promise<Row[]> => {
    reads++;
    const rows = (keys as number[]).map((channel) => ({ channel, subscription: channel, filter: '{"actions":["A"]}' }));
    return Promise.resolve(rows as unknown as Row[]);
  };
  for (let key = 0; key < 1_000; key++) await cache.get({ all }, [{ key, revision: 1 }]);
  const channels = [
    { key: 0, revision: 1 },
    { key: 1_000, revision: 1 },
  ];
  const filters = await cache.get({ all }, channels);
  expect([...filters].map(([, { length }]) => length)).toEqual([1, 1]);
  expect(reads).toBe(1_001);
});
