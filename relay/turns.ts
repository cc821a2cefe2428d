/** Thrown if too many calls with one key wait for their turn. */
export class TooManyWaiting extends Error {}

/**
 * Creates a function that runs work for a key after all earlier work for the same key has ended, so that one key never
 * occupies more than one of several shared resources.
 *
 * @param maxWaiting - number of calls that may wait for each key
 */
export function createTurns(maxWaiting: number) {
  const queues = new Map<string, { last: Promise<unknown>; length: number }>();

  /** Runs work in turn. @throws {TooManyWaiting} at once if too many calls wait already */
  return async function take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const queue = queues.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (queue.length > maxWaiting) throw new TooManyWaiting('Too many calls wait for their turn.');
    queues.set(key, queue);
    queue.length++;
    const turn = queue.last.then(work);
    queue.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      queue.length--;
      if (queue.length === 0) queues.delete(key);
    }
  };
}
