import { describe, expect, it, jest } from '@jest/globals';

import { createIngest } from '../ingest.ts';
import type { Ingested } from '../store/delivery.ts';
import { delivery } from './new-delivery.ts';

/** Resolves after a turn of the event loop. */
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

  it("stores the next deliveries of a group's senders together with the deliveries that have arrived in the meantime", async () => {
    const groups: number[] = [];
    const ingest = createIngest({
      ingest: async (deliveries) => {
        groups.push(deliveries.length);
        await turn();
        return deliveries.map((): Ingested => 'stored');
      },
    });
    const send = async (count: number) => {
      for (let sent = 0; sent < count; sent++) await ingest.add(delivery('A'));
    };
    const senders = Array.from({ length: 10 }, () => send(2));
    // The store receives the first group.
    await turn();
    await Promise.all([...senders, ...Array.from({ length: 10 }, () => send(1))]);
    expect(groups).toEqual([10, 20]);
  });

  it('does not let a single sender wait', async () => {
    const { groups, ingest } = recordingIngest();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    try {
      for (let sent = 0; sent < 3; sent++) await ingest.add(delivery('A'));
      expect(groups).toEqual([1, 1, 1]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('waits at most 2 ms for more deliveries', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    try {
      const { groups, ingest } = recordingIngest();
      await Promise.all([ingest.add(delivery('A')), ingest.add(delivery('A')), ingest.add(delivery('A'))]);
      const next = ingest.add(delivery('A'));
      await turn();
      expect(groups).toEqual([3]);
      jest.advanceTimersByTime(2);
      await next;
      expect(groups).toEqual([3, 1]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('reports only a few results at a time while deliveries are being sent to Zaps', async () => {
    let isDelivering = true;
    const ingest = createIngest(
      { ingest: (deliveries) => Promise.resolve(deliveries.map((): Ingested => 'stored')) },
      () => isDelivering,
    );
    /** Returns the number of results that are reported in each turn of the event loop. */
    async function reportsOf(count: number): Promise<number[]> {
      let reported = 0;
      const results = Array.from({ length: count }, () => ingest.add(delivery('A')).then(() => reported++));
      const reports: number[] = [];
      while (reported < count) {
        const before = reported;
        await turn();
        if (reported > before) reports.push(reported - before);
      }
      await Promise.all(results);
      return reports;
    }
    expect(await reportsOf(20)).toEqual([6, 6, 6, 2]);
    isDelivering = false;
    expect(await reportsOf(70)).toEqual([70]);
  });

  it('resolves each delivery with its own result', async () => {
    const results: Ingested[] = ['stored', 'duplicate', 'unregistered', 'full'];
    const ingest = createIngest({ ingest: () => Promise.resolve(results) });
    expect(await Promise.all(results.map(() => ingest.add(delivery('A'))))).toEqual(results);
  });

  it('rejects a delivery if the store fails, and accepts the next one', async () => {
    let fails = true;
    const ingest = createIngest({
      ingest: () => (fails ? Promise.reject(new Error('disk full')) : Promise.resolve<Ingested[]>(['stored'])),
    });
    await expect(ingest.add(delivery('A'))).rejects.toThrow('disk full');
    fails = false;
    expect(await ingest.add(delivery('A'))).toBe('stored');
  });

  it('lets deliveries to a locked channel wait separately and in order', async () => {
    const calls: [onLocked: string | undefined, ids: string[]][] = [];
    let unlock: () => void = () => undefined;
    const unlocked = new Promise<void>((resolve) => (unlock = resolve));
    const ingest = createIngest({
      ingest: async (deliveries, onLocked) => {
        calls.push([onLocked, deliveries.map(({ id }) => id)]);
        if (onLocked === 'wait') await unlocked;
        return deliveries.map(({ channel }) => (channel === 'locked' && onLocked === 'skip' ? 'locked' : 'stored'));
      },
    });
    const add = (id: string, channel: string) => ingest.add(delivery('A', { id, channel }));
    const waiting = [add('1', 'locked'), add('2', 'locked')];
    expect(await add('3', 'other')).toBe('stored');
    waiting.push(add('4', 'locked'));
    expect(await add('5', 'other')).toBe('stored');
    expect(calls).toEqual([
      ['skip', ['1', '2', '3']],
      ['wait', ['1']],
      ['skip', ['5']],
    ]);
    unlock();
    expect(await Promise.all(waiting)).toEqual(['stored', 'stored', 'stored']);
    await ingest.idle();
    expect(calls.slice(3)).toEqual([['wait', ['2', '4']]]);
    expect(await add('6', 'locked')).toBe('stored');
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
    await turn();
    await turn();
    expect(groups).toEqual([['first'], ['third']]);
    respond(['stored']);
    expect(await third).toBe('stored');
    jest.useRealTimers();
  });
});
