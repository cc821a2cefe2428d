/**
 * Limits the number of retries in flight, over all channels of a process. A retry may hang until its timeout, so
 * without a limit, many failing targets could use all connections.
 */
export class RetrySlots {
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a slot. Returns false if none is free. */
  tryTake(): boolean {
    if (this.#free <= 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Releases a taken slot. */
  release(): void {
    this.#free += 1;
  }
}
