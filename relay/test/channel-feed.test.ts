import { describe, expect, it } from '@jest/globals';

import { BATCH, Feed } from '../delivery/channel-feed.ts';
import type { Delivery } from '../store/store.ts';

const entry = (seq: number, bytes = 10): Delivery => ({
  seq,
  id: `id-${seq}`,
  body: Buffer.alloc(bytes),
  signature: '',
  contentType: '',
  actions: ['A'],
  receivedAt: 0,
});

/** A channel that holds deliveries, and how often it was read. */
function channelOf(kept: Delivery[]) {
  const reads: number[] = [];
  const store = {
    deliveriesAfter: (_channel: string, seq: number, limit: number) => {
      reads.push(seq);
      return Promise.resolve(kept.filter((delivery) => delivery.seq > seq).slice(0, limit));
    },
  };
  return { kept, reads, store };
}

const numbers = ({ deliveries }: { deliveries: readonly Delivery[] }) => deliveries.map(({ seq }) => seq);

describe('the feed of a channel', () => {
  it('hands the newest to all, read once', async () => {
    const { store, reads, kept } = channelOf([]);
    const feed = new Feed(store, 'c', 5);
    kept.push(entry(6), entry(9));
    expect(await feed.advance()).toMatchObject({ fresh: [{ seq: 6 }, { seq: 9 }], isAll: true });
    expect(feed.head).toBe(9);
    expect(numbers(await feed.after(5))).toEqual([6, 9]);
    expect(numbers(await feed.after(6))).toEqual([9]);
    expect(await feed.after(9)).toEqual({ deliveries: [], upTo: 9 });
    expect(reads).toEqual([5]);
  });

  it('reads once for those that are far behind together', async () => {
    const { store, reads } = channelOf([entry(1), entry(2), entry(3)]);
    const feed = new Feed(store, 'c', 3);
    const both = await Promise.all([feed.after(0), feed.after(0)]);
    expect(both.map(numbers)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(reads).toEqual([0]);
  });

  it('does not say that there is nothing up to where it had not looked', async () => {
    const { store, kept } = channelOf([]);
    const feed = new Feed(store, 'c', 3);
    // 1 to 3 are no longer kept; while that is looked up, 4 comes.
    const looking = feed.after(0);
    kept.push(entry(4));
    await feed.advance();
    expect(await looking).toEqual({ deliveries: [], upTo: 3 });
    expect(await feed.after(0)).toEqual({ deliveries: [], upTo: 3 });
    expect(numbers(await feed.after(3))).toEqual([4]);
  });

  it('looks again when a look failed', async () => {
    let fails = true;
    const { store } = channelOf([entry(1)]);
    const feed = new Feed(
      { deliveriesAfter: (...of) => (fails ? Promise.reject(new Error('down')) : store.deliveriesAfter(...of)) },
      'c',
      1,
    );
    await expect(feed.after(0)).rejects.toThrow('down');
    fails = false;
    expect(numbers(await feed.after(0))).toEqual([1]);
  });

  it('keeps no more than it should, and finds the rest again', async () => {
    const { store, reads, kept } = channelOf([]);
    const feed = new Feed(store, 'c', 0);
    for (let seq = 1; seq <= 10 * BATCH; seq++) kept.push(entry(seq));
    while (!(await feed.advance()).isAll);
    reads.length = 0;
    expect(numbers(await feed.after(9 * BATCH))).toHaveLength(BATCH);
    expect(reads).toEqual([]);
    expect(numbers(await feed.after(0))).toHaveLength(BATCH);
    expect(reads).toEqual([0]);
    feed.clear();
    expect(numbers(await feed.after(9 * BATCH))).toHaveLength(BATCH);
    expect(reads).toEqual([0, 9 * BATCH]);
  });

  it('keeps few of those that are large', async () => {
    const { store, reads, kept } = channelOf([]);
    const feed = new Feed(store, 'c', 0);
    for (let seq = 1; seq <= 10; seq++) kept.push(entry(seq, 300_000));
    expect((await feed.advance()).isAll).toBe(false);
    expect(numbers(await feed.after(9))).toEqual([10]);
    expect(reads).toEqual([0]);
    expect(numbers(await feed.after(2))[0]).toBe(3);
    expect(reads).toEqual([0, 2]);
  });
});
