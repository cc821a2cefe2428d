/** Cache of recently seen registrations, which spares most webhooks a look-up in the store. */

import { systemClock, type Clock } from './clock.ts';
import type { Registration } from './store/channels.ts';
import type { Store } from './store/store.ts';
import { withinTime } from './within-time.ts';

/** Age at which a registration is looked up again. During the look-up, requests use the known registration. */
const REFRESH_MS = 5_000;
/** Age at which a registration is no longer used. It is longer than a database takes to restart. */
const MAX_AGE_MS = 60_000;
/** Age at which a registration is removed. Until then, the channel has its own API rate limit. */
const FORGET_MS = 60 * 60_000;
/** Time limit of a look-up. A webhook waits for the look-up, and TutorCruncher waits 8 seconds for a response. */
const LOOK_UP_MS = 6_000;

interface Entry {
  readonly registration: Registration;
  /** The time at which the look-up was started. */
  readonly at: number;
}

/**
 * A cache in front of {@link Store.registration}. It contains only registered channels. Every process therefore serves
 * a channel as soon as the channel has registered, and strangers cannot fill the cache with invented channels.
 */
export class RegisteredChannels {
  readonly #store: Pick<Store, 'registration'>;
  readonly #clock: Pick<Clock, 'now'>;
  /** Registrations in the order of their look-ups, oldest look-up first. */
  readonly #entries = new Map<string, Entry>();
  readonly #lookUps = new Map<string, Promise<Registration | null>>();

  constructor(store: Pick<Store, 'registration'>, clock: Pick<Clock, 'now'> = systemClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns true if the channel was found to be registered within the last hour. */
  isKnown(channel: string): boolean {
    const entry = this.#entries.get(channel);
    return entry !== undefined && this.#ageOf(entry) < FORGET_MS;
  }

  /**
   * Returns the registration of a channel if it was looked up less than a minute ago. The channel may have been deleted
   * since then.
   */
  known(channel: string): Registration | undefined {
    const entry = this.#entries.get(channel);
    if (!entry || this.#ageOf(entry) >= MAX_AGE_MS) return undefined;
    if (this.#ageOf(entry) >= REFRESH_MS) {
      // The request that needs the store reports its failure.
      this.lookUp(channel).catch(() => undefined);
    }
    return entry.registration;
  }

  /**
   * Returns the registration of a channel from the store, or null if the channel is not registered. Concurrent calls
   * share one look-up.
   *
   * @throws {Error} if the store fails or does not respond within 6 seconds
   */
  lookUp(channel: string): Promise<Registration | null> {
    const current = this.#lookUps.get(channel);
    if (current) return current;
    const lookUp = this.#lookUp(channel, () => this.#lookUps.get(channel) === lookUp);
    this.#lookUps.set(channel, lookUp);
    return lookUp;
  }

  /** Forgets a channel, because its registration has changed. */
  forget(channel: string): void {
    this.#entries.delete(channel);
    // A look-up in progress may return the outdated registration.
    this.#lookUps.delete(channel);
  }

  /** @param isCurrent - returns false once the channel has been forgotten, so that the result may be outdated */
  async #lookUp(channel: string, isCurrent: () => boolean): Promise<Registration | null> {
    const at = this.#clock.now();
    let registration: Registration | null = null;
    try {
      registration = await withinTime(this.#store.registration(channel), LOOK_UP_MS);
    } finally {
      if (isCurrent()) {
        this.#lookUps.delete(channel);
        if (registration) this.#remember(channel, { registration, at });
      }
    }
    if (!registration) this.#entries.delete(channel);
    return registration;
  }

  #remember(channel: string, entry: Entry): void {
    this.#entries.delete(channel);
    this.#entries.set(channel, entry);
    for (const [oldest, candidate] of this.#entries) {
      if (this.#ageOf(candidate) < FORGET_MS) return;
      this.#entries.delete(oldest);
    }
  }

  #ageOf({ at }: Entry): number {
    return Math.abs(this.#clock.now() - at);
  }
}
