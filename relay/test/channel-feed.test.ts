import { describe, expect, it } from '@jest/globals';

import { BATCH_SIZE, ChannelFeed, SMALL_BATCH_SIZE } from '../delivery/channel-feed.ts';
import { previousDelivery, storedDelivery } from './stored-delivery.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';

const delivery = (seq: number, bytes = 10): Delivery => storedDelivery({ seq, sealed: Buffer.alloc(bytes) });

/** Creates a store with one channel that records the sequence number of each read. */
function storeWith(stored: Delivery[]) {
  const reads: number[] = [];
  const store = {
    deliveriesAfter: (_channel: string, seq: number, limit: number) => {
      reads.push(seq);
      return Promise.resolve(stored.filter((delivery) => delivery.seq > seq).slice(0, limit));
    },
  };
  return { stored, reads, store };
}

let time = 0;
const feedOf = (store: Pick<Store, 'deliveriesAfter'>, head: number, random = 0) =>
  new ChannelFeed(
    store,
    'c',
    head,
    () => time,
    () => random,
  );

const seqsOf = ({ deliveries }: { deliveries: readonly Delivery[] }) => deliveries.map(({ seq }) => seq);

describe('ChannelFeed', () => {
  it('reads the newest deliveries once for all subscriptions', async () => {
    const { store, reads, stored } = storeWith([]);
    const feed = feedOf(store, 5);
    stored.push(delivery(6), delivery(9));
    expect(await feed.advance()).toMatchObject({ deliveries: [{ seq: 6 }, { seq: 9 }], hasMore: false });
    expect(feed.head).toBe(9);
    expect(seqsOf(await feed.after(5))).toEqual([6, 9]);
    expect(seqsOf(await feed.after(6))).toEqual([9]);
    expect(await feed.after(9)).toEqual({ deliveries: [], upTo: 9 });
    expect(reads).toEqual([5]);
  });

  it('reads once for subscriptions that are equally far behind', async () => {
    const { store, reads } = storeWith([delivery(1), delivery(2), delivery(3)]);
    const feed = feedOf(store, 3);
    const both = await Promise.all([feed.after(0), feed.after(0)]);
    expect(both.map(seqsOf)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(reads).toEqual([0]);
  });

  it('skips deliveries that nobody reads', async () => {
    const { store, reads, stored } = storeWith([delivery(1)]);
    const feed = feedOf(store, 0);
    await feed.advance();
    feed.skipTo(3);
    stored.push(delivery(4));
    expect(seqsOf(await feed.advance())).toEqual([4]);
    // An outdated position has no effect.
    feed.skipTo(2);
    expect(feed.head).toBe(4);
    expect(reads).toEqual([0, 3]);
  });

  it('is complete only up to the head at the time of the read', async () => {
    const { store, stored } = storeWith([]);
    let finishRead: () => void = () => undefined;
    const readMayFinish = new Promise<void>((resolve) => (finishRead = resolve));
    const deliveriesAfter: typeof store.deliveriesAfter = async (channel, seq, limit) => {
      const deliveries = await store.deliveriesAfter(channel, seq, limit);
      if (seq === 0) await readMayFinish;
      return deliveries;
    };
    const feed = feedOf({ deliveriesAfter }, 3);
    // Retention has deleted deliveries 1 to 3. Delivery 4 arrives during the read.
    const read = feed.after(0);
    stored.push(delivery(4));
    await feed.advance();
    expect(feed.head).toBe(4);
    finishRead();
    expect(await read).toEqual({ deliveries: [], upTo: 3 });
    expect(await feed.after(0)).toEqual({ deliveries: [], upTo: 3 });
    expect(seqsOf(await feed.after(3))).toEqual([4]);
  });

  it('reads again after a read that failed', async () => {
    let fails = true;
    const { store } = storeWith([delivery(1)]);
    const feed = feedOf(
      { deliveriesAfter: (...args) => (fails ? Promise.reject(new Error('down')) : store.deliveriesAfter(...args)) },
      1,
    );
    await expect(feed.after(0)).rejects.toThrow('down');
    fails = false;
    expect(seqsOf(await feed.after(0))).toEqual([1]);
  });

  it('limits the number of deliveries in memory and reads the others again', async () => {
    const { store, reads, stored } = storeWith([]);
    const feed = feedOf(store, 0);
    for (let seq = 1; seq <= 10 * BATCH_SIZE; seq++) stored.push(delivery(seq));
    while ((await feed.advance()).hasMore);
    reads.length = 0;
    expect(seqsOf(await feed.after(6 * BATCH_SIZE))).toHaveLength(BATCH_SIZE);
    expect(seqsOf(await feed.after(9 * BATCH_SIZE))).toHaveLength(BATCH_SIZE);
    expect(reads).toEqual([]);
    expect(seqsOf(await feed.after(6 * BATCH_SIZE - 1))[0]).toBe(6 * BATCH_SIZE);
    expect(seqsOf(await feed.after(0))[0]).toBe(1);
    expect(reads).toEqual([6 * BATCH_SIZE - 1, 0]);
    feed.clear();
    expect(seqsOf(await feed.after(9 * BATCH_SIZE))[0]).toBe(9 * BATCH_SIZE + 1);
    expect(reads).toEqual([6 * BATCH_SIZE - 1, 0, 9 * BATCH_SIZE]);
  });

  it('reads large batches only while they are delivered quickly', async () => {
    const { store } = storeWith(Array.from({ length: 10 * BATCH_SIZE }, (_, index) => delivery(index + 1)));
    const feed = feedOf(store, 10 * BATCH_SIZE);
    let cursor = 0;
    const read = async () => {
      const { deliveries, upTo } = await feed.after(cursor);
      cursor = upTo;
      return deliveries.length;
    };
    const quick: number[] = [];
    while (quick.length < 5) {
      quick.push(await read());
      time += 100;
    }
    expect(quick).toEqual([SMALL_BATCH_SIZE, 2 * SMALL_BATCH_SIZE, 4 * SMALL_BATCH_SIZE, BATCH_SIZE, BATCH_SIZE]);
    time += 900;
    expect(await read()).toBe(SMALL_BATCH_SIZE);
    time += 4_000;
    expect(await read()).toBe(SMALL_BATCH_SIZE);
  });

  it('reads small batches of different sizes for different channels', async () => {
    const { store } = storeWith(Array.from({ length: 2 * BATCH_SIZE }, (_, index) => delivery(index + 1)));
    const sizes = await Promise.all(
      [0, 0.5, 0.99].map(async (random) => (await feedOf(store, 2 * BATCH_SIZE, random).after(0)).deliveries.length),
    );
    expect(sizes).toEqual([SMALL_BATCH_SIZE, 1.25 * SMALL_BATCH_SIZE, 1.5 * SMALL_BATCH_SIZE - 1]);
  });

  it('keeps two batches while deliveries are fast, and one while they are slow', async () => {
    const { store, reads } = storeWith(Array.from({ length: 10 * BATCH_SIZE }, (_, index) => delivery(index + 1)));
    const feed = feedOf(store, 10 * BATCH_SIZE);
    const readsOf = async (...positions: number[]) => {
      reads.length = 0;
      for (const seq of positions) await feed.after(seq);
      return [...reads];
    };
    await readsOf(0, 20);
    expect(await readsOf(60, 20, 60)).toEqual([60]);
    time += 5_000;
    expect(await readsOf(160, 160)).toEqual([160]);
    time += 5_000;
    expect(await readsOf(180, 160)).toEqual([180, 160]);
  });

  it('limits the bytes in memory', async () => {
    const { store, reads, stored } = storeWith([]);
    const feed = feedOf(store, 0);
    for (let seq = 1; seq <= 10; seq++) stored.push(delivery(seq, 300_000));
    expect((await feed.advance()).hasMore).toBe(true);
    expect(seqsOf(await feed.after(9))).toEqual([10]);
    expect(reads).toEqual([0]);
    expect(seqsOf(await feed.after(2))[0]).toBe(3);
    expect(reads).toEqual([0, 2]);
  });

  it('counts the bytes of previous deliveries as well', async () => {
    const { store, reads, stored } = storeWith([]);
    const feed = feedOf(store, 0);
    const previous = previousDelivery({ sealed: Buffer.alloc(300_000) });
    for (let seq = 1; seq <= 4; seq++) stored.push({ ...delivery(seq), previous });
    expect((await feed.advance()).hasMore).toBe(true);
    expect(seqsOf(await feed.after(1))).toEqual([2, 3, 4]);
    expect(reads).toEqual([0]);
    expect(seqsOf(await feed.after(0))).toEqual([1, 2, 3, 4]);
    expect(reads).toEqual([0, 0]);
  });
});
