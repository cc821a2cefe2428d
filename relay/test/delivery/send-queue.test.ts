/** The queue of a subscription's pending sends, which holds only the next sends in memory. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { createSendQueue } from '../../delivery/send-queue.ts';
import type { WaitingSend } from '../../store/rows/send.ts';
import { waitingSend } from '../support/sample-subscription.ts';

/** Number of sends that are read at once. */
const BATCH = 200;

/** The pending sends in the store. */
let stored: WaitingSend[];
/** The sequence number after which each read began. */
let reads: number[];
/** Called during each read. */
let reading: () => void;

beforeEach(() => {
  [stored, reads, reading] = [[], [], () => undefined];
});

const sendsOf = (from: number, to: number): WaitingSend[] =>
  Array.from({ length: to - from + 1 }, (_, index) => waitingSend(from + index));

function queueOf(isPending: boolean) {
  const pending = (_subscription: number, after: number, limit: number) => {
    reads.push(after);
    const found = stored.filter(({ seq }) => seq > after).slice(0, limit);
    reading();
    return Promise.resolve(found);
  };
  return createSendQueue({ pending }, 7, isPending);
}
type Queue = ReturnType<typeof queueOf>;

/** Takes sends from the queue until it is empty. Returns their sequence numbers. */
async function takeAll(queue: Queue): Promise<number[]> {
  const taken: number[] = [];
  for (let send = await queue.at(0); send; send = await queue.at(0)) {
    const { seq } = send;
    taken.push(seq);
    queue.remove(seq);
    stored = stored.filter((other) => other.seq !== seq);
  }
  return taken;
}
const seqs = (from: number, to: number): number[] => sendsOf(from, to).map(({ seq }) => seq);
const seqsInMemory = (queue: Queue): number[] => queue.inMemory().map(({ seq }) => seq);

describe('a queue', () => {
  it('does not read if no send is pending, but takes sends that arrive', async () => {
    const queue = queueOf(false);
    expect([queue.isEmpty(), await queue.at(0)]).toEqual([true, null]);
    for (const send of sendsOf(4, 6)) queue.offer(send);
    expect([queue.isEmpty(), seqsInMemory(queue)]).toEqual([false, [4, 5, 6]]);
    expect(await takeAll(queue)).toEqual([4, 5, 6]);
    expect([queue.isEmpty(), reads]).toEqual([true, []]);
  });

  it('reads at most 200 sends at once, and only when they are needed', async () => {
    stored = sendsOf(1, BATCH + 1);
    const queue = queueOf(true);
    expect([queue.isEmpty(), seqsInMemory(queue)]).toEqual([false, []]);
    expect((await queue.at(1))?.seq).toBe(2);
    expect((await queue.at(BATCH - 1))?.seq).toBe(BATCH);
    expect([reads, seqsInMemory(queue)]).toEqual([[0], seqs(1, BATCH)]);
    expect(await takeAll(queue)).toEqual(seqs(1, BATCH + 1));
    expect([reads, queue.isEmpty()]).toEqual([[0, BATCH], true]);
  });

  it('leaves new sends in the store while earlier sends are in the store, or 200 sends are in memory', async () => {
    const queue = queueOf(false);
    stored = sendsOf(1, BATCH + 2);
    for (const send of stored) queue.offer(send);
    expect(seqsInMemory(queue)).toEqual(seqs(1, BATCH));
    queue.remove(1);
    queue.offer(waitingSend(BATCH + 3));
    stored.push(waitingSend(BATCH + 3));
    expect(seqsInMemory(queue)).toEqual(seqs(2, BATCH));
    expect(await takeAll(queue)).toEqual(seqs(2, BATCH + 3));
    expect(reads).toEqual([BATCH]);
  });

  it('reads again if a send arrives during a read, and takes it once', async () => {
    stored = sendsOf(1, 1);
    const queue = queueOf(true);
    reading = () => {
      reading = () => undefined;
      stored.push(waitingSend(2));
      queue.offer(waitingSend(2));
    };
    expect(await takeAll(queue)).toEqual([1, 2]);
    queue.offer(waitingSend(2));
    expect(queue.isEmpty()).toBe(true);
  });

  it('reads again once it expects more sends', async () => {
    const queue = queueOf(false);
    stored = sendsOf(1, 3);
    queue.expectMore();
    expect(queue.isEmpty()).toBe(false);
    expect(await takeAll(queue)).toEqual([1, 2, 3]);
  });

  it('keeps the order when a later send is removed', async () => {
    const queue = queueOf(false);
    for (const send of sendsOf(1, 3)) queue.offer(send);
    queue.remove(2);
    queue.remove(9);
    expect(await takeAll(queue)).toEqual([1, 3]);
    queue.remove(1);
    expect(queue.isEmpty()).toBe(true);
  });

  it('may contain the sends in memory, and all later sends', () => {
    const queue = queueOf(false);
    for (const send of sendsOf(4, 6)) queue.offer(send);
    queue.remove(5);
    expect([3, 4, 5, 6, 7].filter((seq) => queue.mayContain(seq))).toEqual([4, 6, 7]);
  });
});
