/** The store's clock, which all processes of a relay share. */

import type { Clock } from './clock.ts';
import { nameOf, type Log } from './log.ts';
import type { Store } from './store/store.ts';

const SYNC_INTERVAL_MS = 10_000;
/**
 * Maximum duration of a request for the time, in milliseconds. The result of a slower request is too inexact to correct
 * the clock.
 */
const MAX_REQUEST_MS = 1_000;

/**
 * Creates a clock that follows the store's time, so that processes on machines with different clocks agree. Between two
 * requests to the store, the clock advances with the process's monotonic clock.
 *
 * @throws if the store fails
 */
export async function createStoreClock(
  store: Pick<Store, 'now'>,
  { sleep }: Pick<Clock, 'sleep'>,
  monotonic: () => number = () => performance.now(),
) {
  let offset = 0;
  async function synchronize(maxRequestMs = MAX_REQUEST_MS): Promise<void> {
    const start = monotonic();
    const time = await store.now();
    const end = monotonic();
    if (end - start <= maxRequestMs) offset = time - (start + end) / 2;
  }
  await synchronize(Infinity);
  return {
    sleep,
    synchronize,
    /** Returns the store's time in whole milliseconds since 1970. */
    now: (): number => Math.round(offset + monotonic()),
    /** Synchronizes the clock every {@link SYNC_INTERVAL_MS} until the signal is aborted. Never rejects. */
    keepSynchronized: async (log: Log, signal: AbortSignal): Promise<void> => {
      for (;;) {
        await sleep(SYNC_INTERVAL_MS, signal);
        if (signal.aborted) return;
        await synchronize().catch((error: unknown) => {
          log.warn({ error: nameOf(error) }, 'The time of the store could not be read. Retrying in 10 s.');
        });
      }
    },
  };
}
