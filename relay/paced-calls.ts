/** Calls that are spread over time, so that they do not block the event loop. */
export class PacedCalls {
  readonly #maxCalls: () => number;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;

  /** @param maxCalls - returns the number of calls to make per millisecond */
  constructor(maxCalls: () => number) {
    this.#maxCalls = maxCalls;
  }

  /** Queues calls, which must not throw. If no calls are waiting, makes the first ones immediately. */
  add(calls: readonly (() => void)[]): void {
    for (const call of calls) this.#waiting.push(call);
    if (!this.#isScheduled) this.#callNext();
  }

  #callNext(): void {
    for (const call of this.#waiting.splice(0, this.#maxCalls())) call();
    this.#isScheduled = this.#waiting.length > 0;
    if (!this.#isScheduled) return;
    // A call from `setImmediate` would run before undici writes its requests, and would delay the requests to targets.
    setTimeout(() => {
      this.#callNext();
    }, 1);
  }
}
