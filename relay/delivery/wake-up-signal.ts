/**
 * Wakes sleeping loops. A loop takes {@link WakeUpSignal.signal} before it looks for work and sleeps with it afterwards,
 * so that a notification during the look is not missed: the signal is then aborted and the sleep ends at once.
 */
export class WakeUpSignal {
  #abort = new AbortController();

  /** The signal that the next notification aborts. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends all sleeps on the current signal and replaces it with a new one. */
  notify(): void {
    const notified = this.#abort;
    this.#abort = new AbortController();
    notified.abort();
  }
}
