/** Helpers for time: a clock, which tests replace, signals that end sleeps, and time limits for promises. */

export interface Clock {
  /** Returns the current time in milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after a number of milliseconds, or immediately when the signal is aborted. Never rejects. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The longest delay that a Node.js timer supports, about 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The system's clock. A sleep lasts at most {@link MAX_TIMER_MS}. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // `setTimeout` of `node:timers/promises` would reject when the signal is aborted, and create an error with a stack
  // trace each time.
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (milliseconds <= 0 || signal.aborted) {
        resolve();
        return;
      }
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(milliseconds, MAX_TIMER_MS));
      signal.addEventListener('abort', end);
    }),
};

/** The process's monotonic clock. Changes to the system time do not affect this clock. */
export const monotonicClock: Pick<Clock, 'now'> = { now: () => performance.now() };

/**
 * Reason to pass when a signal is aborted. Without a reason, each abort would create an exception with a stack trace.
 * With many channels, these exceptions took 5 % of the main thread's time.
 */
export const STOPPED = 'stopped';

/**
 * Wakes sleeping loops. A loop takes {@link WakeUpSignal.signal} before it looks for work, and passes the signal to the
 * sleep afterwards. A notification that arrives while the loop looks for work aborts the signal, so the sleep ends at
 * once.
 */
export class WakeUpSignal {
  /** The controller is created only when a loop takes the signal, because most workers of a channel never sleep. */
  #abort: AbortController | null = null;

  /** The signal that the next notification aborts. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  /** Ends all sleeps on the current signal. A loop that takes the signal afterwards receives a new signal. */
  notify(): void {
    const notified = this.#abort;
    this.#abort = null;
    notified?.abort(STOPPED);
  }
}

export const HOUR_MS = 60 * 60 * 1000;
export const DAY_MS = 24 * HOUR_MS;

/** Waits for a promise for a limited time. @throws {Error} if the promise rejects, or if the time limit is reached */
export const withinTime = <T>(response: Promise<T>, milliseconds: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('The store did not respond in time.'));
    }, milliseconds);
    void response.then(resolve, reject).then(() => {
      clearTimeout(timer);
    });
  });
