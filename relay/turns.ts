/** Thrown when a call is refused because too many calls with the same key are waiting for their turn. */
export class TooManyWaiting extends Error {}

/**
 * Creates a function that runs work for a key after all earlier work for the same key has ended. This way, a key never
 * occupies more than one of several shared resources.
 *
 * @param maxWaiting - maximum number of calls with the same key that wait at the same time
 */
export function createTurns(maxWaiting: number) {
  const queues = new Map<string, { last: Promise<unknown>; length: number }>();

  /** Runs work in turn. @throws {TooManyWaiting} at once if `maxWaiting` calls with this key are already waiting */
  return async function take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const queue = queues.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (queue.length > maxWaiting) throw new TooManyWaiting('Too many calls are waiting for their turn.');
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
