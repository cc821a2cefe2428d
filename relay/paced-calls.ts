/** Calls that are spread over time, so that the event loop has time for other work. */
export class PacedCalls {
  readonly #maxCalls: () => number;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;

  /** @param maxCalls - returns the number of calls to make in a millisecond */
  constructor(maxCalls: () => number) {
    this.#maxCalls = maxCalls;
  }

  /** Makes calls in order after those that are waiting; the first ones at once if none is waiting. Calls must not throw. */
  add(calls: readonly (() => void)[]): void {
    for (const call of calls) this.#waiting.push(call);
    if (!this.#isScheduled) this.#callNext();
  }

  #callNext(): void {
    for (const call of this.#waiting.splice(0, this.#maxCalls())) call();
    this.#isScheduled = this.#waiting.length > 0;
    if (!this.#isScheduled) return;
    // Not setImmediate(), which would run before undici writes its requests, for which targets would then have to wait.
    setTimeout(() => {
      this.#callNext();
    }, 1);
  }
}
