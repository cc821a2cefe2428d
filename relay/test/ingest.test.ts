import { describe, expect, it, jest } from '@jest/globals';

import { createIngest } from '../ingest.ts';
import type { Ingested } from '../store/new-delivery.ts';
import { delivery } from './new-delivery.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Returns an ingest queue with a store that accepts everything, and the sizes of the groups that the store received.
 */
function recordingIngest() {
  const groups: number[] = [];
  const ingest = createIngest({
    ingest: (deliveries) => {
      groups.push(deliveries.length);
      return Promise.resolve(deliveries.map((): Ingested => 'stored'));
    },
  });
  return { groups, ingest };
}

describe('createIngest', () => {
  it('stores concurrent deliveries in one transaction', async () => {
    const { groups, ingest } = recordingIngest();
    const results = await Promise.all(Array.from({ length: 450 }, () => ingest.add(delivery('A'))));
    expect(new Set(results)).toEqual(new Set(['stored']));
    expect(groups).toEqual([200, 200, 50]);
    await ingest.idle();
  });

  it('limits the size of a group in bytes', async () => {
    const { groups, ingest } = recordingIngest();
    const kilobytes = (count: number) => ingest.add(delivery('A', { body: Buffer.alloc(count * 1024) }));
    await Promise.all([10_000, 2_000, 500, 500, 500, 1].map(kilobytes));
    expect(groups).toEqual([1, 1, 2, 2]);
    await ingest.idle();
    groups.length = 0;
    await Promise.all(Array.from({ length: 150 }, () => kilobytes(60)));
    expect(groups).toEqual([68, 68, 14]);
  });

  it('stores small deliveries of other channels between two large deliveries', async () => {
    const groups: string[][] = [];
    const ingest = createIngest({
      ingest: async (deliveries) => {
        groups.push(deliveries.map(({ id }) => id));
        await turn();
        return deliveries.map((): Ingested => 'stored');
      },
    });
    const add = (channel: string, kilobytes: number, id: string) =>
      ingest.add(delivery('A', { channel, id, body: Buffer.alloc(kilobytes * 1024) }));
    const added = [add('a', 9_000, 'large 1'), add('a', 9_000, 'large 2'), add('a', 1, 'behind large 2')];
    added.push(add('b', 1, 'small 1'), add('c', 1, 'small 2'));
    // The store receives the first group.
    await turn();
    added.push(add('b', 1, 'small 3'));
    await Promise.all(added);
    // The deliveries of a channel stay in order.
    expect(groups).toEqual([['small 1', 'small 2'], ['large 1'], ['small 3'], ['large 2'], ['behind large 2']]);
    await ingest.idle();
  });

  it('stores other channels while one channel is locked', async () => {
    const calls: string[][] = [];
    let unlock: () => void = () => undefined;
    const unlocked = new Promise<void>((resolve) => (unlock = resolve));
    const ingest = createIngest({
      ingest: async (deliveries) => {
        calls.push(deliveries.map(({ id }) => id));
        const channels = new Set(deliveries.map(({ channel }) => channel));
        if (channels.size > 1) throw new Error('A channel is locked.');
        if (channels.has('locked')) await unlocked;
        return deliveries.map(() => 'stored');
      },
    });
    const add = (id: string, channel: string) => ingest.add(delivery('A', { id, channel }));
    const waiting = [add('1', 'locked'), add('2', 'locked')];
    expect(await add('3', 'other')).toBe('stored');
    expect(await add('4', 'other')).toBe('stored');
    unlock();
    expect(await Promise.all(waiting)).toEqual(['stored', 'stored']);
    await ingest.idle();
    expect(calls).toEqual([['1', '2', '3'], ['1', '2'], ['3'], ['4']]);
  });

  it('stores the others if the database refuses one delivery of a channel', async () => {
    const ingest = createIngest({
      ingest: (deliveries) =>
        deliveries.some(({ id }) => id === 'bad')
          ? Promise.reject(new Error('refused'))
          : Promise.resolve(deliveries.map((): Ingested => 'stored')),
    });
    const results = await Promise.allSettled(['1', 'bad', '2'].map((id) => ingest.add(delivery('A', { id }))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await ingest.add(delivery('A'))).toBe('stored');
  });

  it('rejects a delivery after 6.5 seconds if the store hangs, and drops it from the queue', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const groups: string[][] = [];
    let respond: (results: Ingested[]) => void = () => undefined;
    const ingest = createIngest({
      ingest: (deliveries) => {
        groups.push(deliveries.flatMap(({ actions }) => actions ?? []));
        return new Promise((resolve) => (respond = resolve));
      },
    });
    const first = ingest.add(delivery('first'));
    await turn();
    await turn();
    const second = ingest.add(delivery('second'));
    jest.advanceTimersByTime(6_500);
    await expect(first).rejects.toThrow(/did not respond in time/);
    await expect(second).rejects.toThrow(/did not respond in time/);

    // The second delivery timed out while it was queued. Its sender will retry it, so only the third may reach the
    // store.
    const third = ingest.add(delivery('third'));
    respond(['stored']);
    while (groups.length < 2) await turn();
    expect(groups).toEqual([['first'], ['third']]);
    respond(['stored']);
    expect(await third).toBe('stored');
    jest.useRealTimers();
  });
});
