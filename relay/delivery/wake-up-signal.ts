/** Something that happens, for those who sleep until it does. */
export class Bell {
  #abort = new AbortController();

  /** Aborted at the next ring. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  ring(): void {
    const rung = this.#abort;
    this.#abort = new AbortController();
    rung.abort();
  }
}
