import { describe, expect, it, jest } from '@jest/globals';

import { BatchReader } from '../delivery/batch-reader.ts';
import { SMALL_BATCH_SIZE, type Batch } from '../delivery/channel-feed.ts';
import { HOUR } from '../harness/durations.ts';
import { DELIVERED, DispatcherBed, FAILED } from './dispatcher-bed.ts';
import { delivery } from './new-delivery.ts';

/** A feed that records what it reads, and holds the deliveries after number 100 in memory. */
function recordingFeed() {
  const reads: number[] = [];
  const feed = {
    fails: false,
    mustRead: (seq: number) => seq < 100,
    after: (seq: number): Promise<Batch> => {
      reads.push(seq);
      return feed.fails ? Promise.reject(new Error('down')) : Promise.resolve({ deliveries: [], upTo: seq + 1 });
    },
  };
  return { reads, feed };
}

describe('BatchReader', () => {
  it('returns a batch that was read in advance without reading it again, but only once', async () => {
    const { reads, feed } = recordingFeed();
    const batches = new BatchReader(feed);
    batches.prefetch(20);
    expect(reads).toEqual([20]);
    expect(await batches.after(20)).toEqual({ deliveries: [], upTo: 21 });
    expect(reads).toEqual([20]);
    await batches.after(20);
    expect(reads).toEqual([20, 20]);
  });

  it('reads from the position of the worker if it differs from the expected position', async () => {
    const { reads, feed } = recordingFeed();
    const batches = new BatchReader(feed);
    batches.prefetch(20);
    expect(await batches.after(15)).toEqual({ deliveries: [], upTo: 16 });
    await batches.after(20);
    expect(reads).toEqual([20, 15, 20]);
  });

  it('does not read in advance what is in memory, because more deliveries may arrive before they are needed', async () => {
    const { reads, feed } = recordingFeed();
    const batches = new BatchReader(feed);
    batches.prefetch(100);
    expect(reads).toEqual([]);
    await batches.after(100);
    expect(reads).toEqual([100]);
  });

  it('reads a batch again if it could not be read in advance', async () => {
    const { feed, reads } = recordingFeed();
    const batches = new BatchReader(feed);
    feed.fails = true;
    batches.prefetch(20);
    await new Promise(setImmediate);
    feed.fails = false;
    expect(await batches.after(20)).toEqual({ deliveries: [], upTo: 21 });
    expect(reads).toEqual([20, 20]);
  });

  it('reports an error that occurs while the batch is needed', async () => {
    const { feed } = recordingFeed();
    const batches = new BatchReader(feed);
    feed.fails = true;
    batches.prefetch(20);
    await expect(batches.after(20)).rejects.toThrow('down');
  });

  it('reads a batch again after it was discarded', async () => {
    const { feed, reads } = recordingFeed();
    const batches = new BatchReader(feed);
    batches.prefetch(20);
    batches.discard();
    await batches.after(20);
    expect(reads).toEqual([20, 20]);
  });
});

describe('the dispatcher', () => {
  const bed = new DispatcherBed();

  it('reads the next batch before a target needs it, and delivers all events once and in order', async () => {
    await bed.stopDispatcher();
    const names = Array.from({ length: 100 }, (_, index) => String(index));
    await bed.send(...names);
    const read = bed.store.deliveriesAfter.bind(bed.store);
    const attemptsAtRead: number[] = [];
    bed.store.deliveriesAfter = (...args) => {
      attemptsAtRead.push(bed.attempts.length);
      return read(...args);
    };
    bed.respond = async () => {
      await bed.clock.sleep(100, new AbortController().signal);
      return DELIVERED;
    };
    await bed.startDispatcher();
    await bed.clock.advance(20_000);
    expect(bed.attempts).toEqual(names);
    // With the test's random numbers, a small batch is 50% larger than the minimum. The next batch is read when a
    // quarter of it is left.
    expect(attemptsAtRead.slice(0, 2)).toEqual([0, 1.5 * SMALL_BATCH_SIZE * 0.75]);
  });

  it('reads nothing in advance during a batch of one delivery', async () => {
    await bed.stopDispatcher();
    const sealed = Buffer.alloc(1_200_000);
    for (const name of ['1', '2', '3']) {
      const large = delivery('A', { actions: ['A', name], receivedAt: bed.clock.now() });
      await bed.store.ingest([{ ...large, content: large.content && { ...large.content, sealed } }]);
    }
    bed.respond = () => FAILED;
    const reads = jest.spyOn(bed.store, 'deliveriesAfter');
    await bed.startDispatcher();
    await bed.clock.advance(HOUR);
    expect(bed.attempts.length).toBeGreaterThan(5);
    expect(reads).toHaveBeenCalledTimes(bed.attempts.length);
  });
});
