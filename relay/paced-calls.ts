/** Calls that are spread over several turns of the event loop. */
export class PacedCalls {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;

  /** @param perTurn - the number of calls in a turn of the event loop */
  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** Makes calls in order after those that are waiting; the first ones at once if none is waiting. Calls must not throw. */
  add(calls: readonly (() => void)[]): void {
    for (const call of calls) this.#waiting.push(call);
    if (!this.#isScheduled) this.#callNext();
  }

  #callNext(): void {
    for (const call of this.#waiting.splice(0, this.#perTurn)) call();
    this.#isScheduled = this.#waiting.length > 0;
    if (this.#isScheduled) {
      setImmediate(() => {
        this.#callNext();
      });
    }
  }
}
