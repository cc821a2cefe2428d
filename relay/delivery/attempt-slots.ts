/** Limits on the attempts of a process that are in flight at the same time. */

/** Fraction of the slots that retries may use, so that failing targets leave room for others. */
const RETRY_SHARE = 1 / 4;
/** Fraction of the slots that one channel may use. A channel may have hundreds of targets that hang until their timeout. */
const CHANNEL_SHARE = 1 / 4;

/** Slots for attempts in flight. */
export class AttemptSlots {
  readonly #limit: number;
  #used = 0;
  #retries = 0;
  readonly #byChannel = new Map<number, number>();

  /** @param limit - maximum number of attempts in flight */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes a slot. Returns false if none is free.
   *
   * @param isRetry - true if the previous attempt of the subscription failed
   */
  tryTake(channel: number, isRetry: boolean): boolean {
    const ofChannel = this.#byChannel.get(channel) ?? 0;
    if (this.#used >= this.#limit || ofChannel >= this.#limit * CHANNEL_SHARE) return false;
    if (isRetry && this.#retries >= this.#limit * RETRY_SHARE) return false;
    this.#used++;
    if (isRetry) this.#retries++;
    this.#byChannel.set(channel, ofChannel + 1);
    return true;
  }

  /** Frees a slot that was taken with the same arguments. */
  free(channel: number, isRetry: boolean): void {
    this.#used--;
    if (isRetry) this.#retries--;
    const ofChannel = (this.#byChannel.get(channel) ?? 0) - 1;
    if (ofChannel > 0) this.#byChannel.set(channel, ofChannel);
    else this.#byChannel.delete(channel);
  }
}
