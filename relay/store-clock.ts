/** The store's clock, which all processes of a relay share. */

import type { Clock } from './clock.ts';
import { nameOf, type Log } from './log.ts';
import type { Store } from './store/store.ts';

const SYNC_INTERVAL_MS = 10_000;
/** Maximum duration of a request for the time that may correct the clock. */
const MAX_REQUEST_MS = 1_000;

/**
 * A clock that follows the store's time, so that processes on machines with different clocks agree. Between two
 * requests to the store, it advances with the process's monotonic clock. Changes to the machine's clock do not affect
 * it.
 */
export class StoreClock implements Clock {
  readonly sleep: Clock['sleep'];
  readonly #store: Pick<Store, 'now'>;
  readonly #monotonic: () => number;
  #offset: number;

  private constructor(store: Pick<Store, 'now'>, sleep: Clock['sleep'], monotonic: () => number, offset: number) {
    this.#store = store;
    this.sleep = sleep;
    this.#monotonic = monotonic;
    this.#offset = offset;
  }

  /**
   * Creates a clock that follows the time of a store.
   *
   * @param monotonic - returns the milliseconds since a fixed moment
   * @throws if the store fails
   */
  static async create(
    store: Pick<Store, 'now'>,
    { sleep }: Pick<Clock, 'sleep'>,
    monotonic: () => number = () => performance.now(),
  ): Promise<StoreClock> {
    const clock = new StoreClock(store, sleep, monotonic, 0);
    await clock.synchronize(Infinity);
    return clock;
  }

  /** Returns the store's time in whole milliseconds since 1970. */
  readonly now = (): number => Math.round(this.#offset + this.#monotonic());

  /**
   * Asks the store for its time.
   *
   * @param maxRequestMs - maximum duration of the request; the result of a longer request is ignored as too inexact
   * @throws if the store fails
   */
  async synchronize(maxRequestMs = MAX_REQUEST_MS): Promise<void> {
    const start = this.#monotonic();
    const time = await this.#store.now();
    const end = this.#monotonic();
    if (end - start <= maxRequestMs) this.#offset = time - (start + end) / 2;
  }

  /** Synchronizes every {@link SYNC_INTERVAL_MS} until the signal is aborted. Never rejects. */
  async keepSynchronized(log: Log, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.sleep(SYNC_INTERVAL_MS, signal);
      if (signal.aborted) return;
      try {
        await this.synchronize();
      } catch (error) {
        log.warn({ error: nameOf(error) }, 'The time of the store could not be read. Retrying in 10 s.');
      }
    }
  }
}
