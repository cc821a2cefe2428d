/** The cache of the deliveries that a process is sending. */

import { beforeEach, expect, it } from '@jest/globals';

import { createContentCache, type ContentCache, type Needed } from '../../delivery/content-cache.ts';
import type { Delivery } from '../../store/deliveries/stored-delivery.ts';
import { storedDelivery } from '../support/stored-delivery.ts';

const MB = 1024 * 1024;
const [CHANNEL, OTHER_CHANNEL] = [1, 2];

let stored: Delivery[];
/** The sequence numbers of each read. */
let reads: number[][];
let cache: ContentCache;

beforeEach(() => {
  stored = [];
  reads = [];
  const deliveries = (_channel: number, seqs: readonly number[]): Promise<Delivery[]> => {
    reads.push([...seqs]);
    return Promise.resolve(stored.filter(({ seq }) => seqs.includes(seq)));
  };
  cache = createContentCache({ deliveries });
});

/** Stores deliveries of a given size, and returns their keys for the cache. */
function store(count: number, bytes = 10): Needed[] {
  const first = stored.length + 1;
  const added = Array.from({ length: count }, (_, index) =>
    storedDelivery({ seq: first + index, id: `delivery ${first + index}`, sealed: Buffer.alloc(bytes) }),
  );
  stored.push(...added);
  return added.map(({ seq, id }) => ({ seq, deliveryId: id }));
}

/**
 * Gets deliveries one after another, and returns their sequence numbers. Each call names the later deliveries as needed
 * next.
 */
async function get(needed: readonly Needed[], channel = CHANNEL): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [index, each] of needed.entries()) {
    const delivery = await cache.get(channel, each, () => needed.slice(index + 1));
    found.push(delivery?.seq ?? null);
  }
  return found;
}

it('reads the deliveries that are needed next together, at most 100, and each once', async () => {
  const needed = store(150);
  const seqs = needed.map(({ seq }) => seq);
  expect(await get(needed)).toEqual(seqs);
  expect(reads).toEqual([seqs.slice(0, 100), seqs.slice(100)]);
  expect(await get(needed)).toEqual(seqs);
  expect(reads).toHaveLength(2);
  expect(await get([...store(1), ...needed])).toEqual([151, ...seqs]);
  expect(reads.slice(2)).toEqual([[151]]);
});

it('shares a read among concurrent calls', async () => {
  const [one, two] = store(2);
  if (!one || !two) throw new Error('Nothing is stored.');
  const all = await Promise.all([
    cache.get(CHANNEL, one, () => [two]),
    cache.get(CHANNEL, one, () => []),
    cache.get(CHANNEL, two, () => []),
  ]);
  expect(all.map((delivery) => delivery?.seq)).toEqual([1, 1, 2]);
  expect(reads).toEqual([[1, 2]]);
});

it('does not read a delivery that another call is reading', async () => {
  const [one, two, three] = store(3);
  if (!one || !two || !three) throw new Error('Nothing is stored.');
  await Promise.all([cache.get(CHANNEL, one, () => [two]), cache.get(CHANNEL, three, () => [two])]);
  expect(reads).toEqual([[1, 2], [3]]);
});

it('keeps the deliveries of channels apart', async () => {
  const needed = store(1);
  await get(needed);
  await get(needed, OTHER_CHANNEL);
  expect(reads).toEqual([[1], [1]]);
});

it('keeps at most 8 MB, earlier deliveries included, and removes the deliveries that were read first', async () => {
  const needed = store(2, 4 * MB);
  await get(needed);
  await get(needed);
  expect(reads).toEqual([[1, 2]]);
  const [added] = store(1, 1);
  if (!added) throw new Error('Nothing is stored.');
  await get([added]);
  await get(needed.slice(1));
  expect(reads).toHaveLength(2);
  await get(needed.slice(0, 1));
  expect(reads).toHaveLength(3);
});

it('returns a delivery that is larger than the cache', async () => {
  expect(await get(store(1, 9 * MB))).toEqual([1]);
});

it('returns nothing for a delivery that was removed, or whose number belongs to another delivery', async () => {
  const needed = store(2);
  stored = [storedDelivery({ seq: 1, id: 'another delivery' })];
  expect(await get(needed)).toEqual([null, null]);
});

it('reads again after a failure', async () => {
  const [needed] = store(1);
  if (!needed) throw new Error('Nothing is stored.');
  let failures = 1;
  const failing = createContentCache({
    deliveries: () => (failures-- > 0 ? Promise.reject(new Error('offline')) : Promise.resolve(stored)),
  });
  await expect(failing.get(CHANNEL, needed, () => [])).rejects.toThrow('offline');
  expect(await failing.get(CHANNEL, needed, () => [])).toMatchObject({ seq: 1 });
});
