import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { createIngestQueue, type IngestQueue } from '../../intake/ingest-queue.ts';
import type { NewDelivery } from '../../store/deliveries/new-delivery.ts';
import { delivery } from '../support/new-delivery.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const kilobytes = (count: number) => ({ body: Buffer.alloc(count * 1024) });

/** Replaces the process's monotonic clock until the test ends. */
function replaceClock(now: (real: number) => number): void {
  const real = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now(real()));
}
/** Replaces timers, so that `jest.getTimerCount` counts pending timers. Immediates and ticks stay real. */
function fakeTimers(): void {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
}
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** The ids of the deliveries in each group that the store received. */
let groups: string[][];
/** The ids of the deliveries that the store has accepted. */
let stored: string[];
/** Called before the store accepts a group. */
let storing: (group: readonly NewDelivery[]) => unknown;
let ingest: IngestQueue;
beforeEach(() => {
  groups = [];
  stored = [];
  storing = () => undefined;
  ingest = createIngestQueue({
    ingest: async (group) => {
      groups.push(group.map(({ id }) => id));
      await storing(group);
      stored.push(...group.map(({ id }) => id));
      return group.map(() => 'stored');
    },
  });
});
const add = (changes: Parameters<typeof delivery>[1] = {}) => ingest.add(delivery('A', changes));
const groupSizes = () => groups.splice(0).map(({ length }) => length);

describe('createIngestQueue', () => {
  it('stores concurrent deliveries in one transaction', async () => {
    const results = await Promise.all(Array.from({ length: 450 }, () => add()));
    expect(new Set(results)).toEqual(new Set(['stored']));
    expect(groupSizes()).toEqual([200, 200, 50]);
  });

  it('limits the size of a group in bytes', async () => {
    await Promise.all([10_000, 2_000, 512, 512, 512, 1].map((count) => add(kilobytes(count))));
    expect(groupSizes()).toEqual([1, 1, 2, 2]);
    await ingest.idle();
    await Promise.all(Array.from({ length: 150 }, () => add(kilobytes(60))));
    expect(groupSizes()).toEqual([68, 68, 14]);
  });

  it('stores small deliveries of other channels between two large deliveries', async () => {
    // Storing a large delivery takes longer than the minimum time between two groups.
    storing = ([first]) => (first?.id.startsWith('large') ? sleep(30) : turn());
    const large = kilobytes(9_000);
    const added = [
      add({ channel: 'a', id: 'large 1', ...large }),
      add({ channel: 'a', id: 'large 2', ...large }),
      add({ channel: 'a', id: 'behind large 2' }),
      add({ channel: 'b', id: 'small 1' }),
      add({ channel: 'c', id: 'small 2' }),
    ];
    // The store receives the first group in this turn.
    await turn();
    added.push(add({ channel: 'b', id: 'small 3' }));
    await Promise.all(added);
    expect(groups).toEqual([['small 1', 'small 2'], ['large 1'], ['small 3'], ['large 2'], ['behind large 2']]);
    // The deliveries of a channel stay in order.
    expect(stored.filter((id) => id.includes('large'))).toEqual(['large 1', 'large 2', 'behind large 2']);
  });

  it('is idle when all deliveries are stored', async () => {
    const unlocked = Promise.withResolvers<undefined>();
    storing = () => unlocked.promise;
    const results = [add(), add({ channel: 'other' })];
    const idle = ingest.idle().then(() => stored.length);
    await turn();
    unlocked.resolve(undefined);
    expect(await idle).toBe(2);
    await Promise.all(results);
  });

  it('stores other channels while one channel is locked', async () => {
    const unlocked = Promise.withResolvers<undefined>();
    storing = async (group) => {
      const channels = new Set(group.map(({ channel }) => channel));
      if (channels.size > 1) throw new Error('A channel is locked.');
      if (channels.has('locked')) await unlocked.promise;
    };
    const waiting = ['1', '2'].map((id) => add({ id, channel: 'locked' }));
    for (const id of ['3', '4']) expect(await add({ id, channel: 'other' })).toBe('stored');
    unlocked.resolve(undefined);
    expect(await Promise.all(waiting)).toEqual(['stored', 'stored']);
    await ingest.idle();
    expect(groups).toEqual([['1', '2', '3'], ['1', '2'], ['3'], ['4']]);
  });

  it('stores the other deliveries of a channel if the database refuses one delivery', async () => {
    storing = (group) => {
      if (group.some(({ id }) => id === 'bad')) throw new Error('refused');
    };
    const results = await Promise.allSettled(['1', 'bad', '2'].map((id) => add({ id })));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await add()).toBe('stored');
  });

  it('rejects a delivery after 6.5 seconds if the store hangs, and drops it from the queue', async () => {
    fakeTimers();
    const hanging = Promise.withResolvers<undefined>();
    storing = () => hanging.promise;
    const first = add({ id: 'first' });
    await turn();
    await turn();
    const second = add({ id: 'second' });
    jest.advanceTimersByTime(6_500);
    for (const late of [first, second]) await expect(late).rejects.toThrow(/did not respond in time/);

    // The second delivery timed out in the queue. Its sender retries it, so the store must receive only the third
    // delivery.
    const third = add({ id: 'third' });
    hanging.resolve(undefined);
    expect(await third).toBe('stored');
    expect(groups).toEqual([['first'], ['third']]);
  });

  it('waits 10 ms for more deliveries after each group, unless 16 are waiting', async () => {
    let elapsed = 0;
    const start = performance.now();
    replaceClock(() => start + elapsed);
    await add();
    const added = Array.from({ length: 15 }, () => add());
    elapsed = 9;
    await sleep(5);
    expect(groupSizes()).toEqual([1]);
    added.push(add());
    await Promise.all(added);
    expect(groupSizes()).toEqual([16]);
    added.push(add());
    elapsed = 20;
    await Promise.all(added);
    expect(groupSizes()).toEqual([1]);
    elapsed = 40;
    await ingest.idle();
  });

  it('rejects a group that fails after 3 seconds, because the store is failing, and no delivery is at fault', async () => {
    let late = 0;
    replaceClock((real) => real + late);
    storing = () => {
      late += 3_000;
      throw new Error('disk');
    };
    const results = await Promise.allSettled([add(), add()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(groupSizes()).toEqual([2]);
  });

  it('rejects a delivery for which the store returns no result', async () => {
    const queue = createIngestQueue({ ingest: () => Promise.resolve(['stored']) });
    const results = await Promise.allSettled([queue.add(delivery('A')), queue.add(delivery('A'))]);
    expect(results).toMatchObject([
      { value: 'stored' },
      { reason: { message: 'The store returned too few results.' } },
    ]);
  });

  it('stores a delivery without content', async () => {
    expect(await add({ actions: [] })).toBe('stored');
  });

  it.each(['stored', 'rejected'])('has no timer left after a delivery was %s', async (result) => {
    fakeTimers();
    storing = () => {
      if (result === 'rejected') throw new Error('disk');
    };
    await add().catch(() => undefined);
    expect(jest.getTimerCount()).toBe(0);
  });
});
