/** The pending sends of one subscription, in order. */

import type { WaitingSend } from '../store/rows/send.ts';
import type { Store } from '../store/store.ts';

/** Maximum number of sends that are read at once, and of sends that wait in memory. */
const BATCH_SIZE = 200;

/** The queue of a subscription's pending sends. */
export type SendQueue = ReturnType<typeof createSendQueue>;

/**
 * Creates a queue that holds the next pending sends in memory. All other pending sends are in the store.
 *
 * @param isPending - true if the subscription might have pending sends
 */
export function createSendQueue(store: Pick<Store, 'pending'>, subscription: number, isPending: boolean) {
  let sends: WaitingSend[] = [];
  /** Sequence number up to which all pending sends have been read. */
  let readUpTo = 0;
  /** True if the store might have later pending sends that are not in memory. Remains true during a read. */
  let mayHaveMore = isPending;
  /** Number of times that arriving sends were not kept in memory. */
  let missed = 0;

  function expectMore(): void {
    mayHaveMore = true;
    missed++;
  }

  return {
    expectMore,
    isEmpty: (): boolean => sends.length === 0 && !mayHaveMore,
    /** Returns the sends in memory, in order. */
    inMemory: (): readonly WaitingSend[] => sends,
    /** Returns true for a send that is in memory or has not been read yet. */
    mayContain: (seq: number): boolean => seq > readUpTo || sends.some((send) => send.seq === seq),

    offer: (send: WaitingSend): void => {
      if (send.seq <= readUpTo) return;
      if (mayHaveMore || sends.length >= BATCH_SIZE) {
        expectMore();
        return;
      }
      sends.push(send);
      readUpTo = send.seq;
    },

    /** Returns the send at a position; null if the queue has fewer sends. @throws if the store fails */
    at: async (index: number): Promise<WaitingSend | null> => {
      while (sends.length <= index && mayHaveMore) {
        const missedBefore = missed;
        const more = await store.pending(subscription, readUpTo, BATCH_SIZE);
        sends.push(...more);
        readUpTo = more.at(-1)?.seq ?? readUpTo;
        mayHaveMore = missed > missedBefore || more.length === BATCH_SIZE;
      }
      return sends[index] ?? null;
    },

    /** Removes a send whose result is known, or that no longer exists. */
    remove: (seq: number): void => {
      sends = sends.filter((send) => send.seq !== seq);
    },
  };
}
