/**
 * Wakes sleeping loops. A loop takes {@link WakeUpSignal.signal} before it looks for work and passes it to the sleep
 * afterwards. A notification while it looks for work aborts the signal, so that the sleep ends at once.
 */
export class WakeUpSignal {
  #abort = new AbortController();

  /** The signal that the next notification aborts. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends all sleeps on the current signal, after replacing it with a new one. */
  notify(): void {
    const notified = this.#abort;
    this.#abort = new AbortController();
    notified.abort();
  }
}
