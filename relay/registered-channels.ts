/** Cache of recently seen registrations, which spares most webhooks a look-up in the store. */

import { type Clock, monotonicClock, withinTime } from './clock.ts';
import { ReusedResults } from './reused-results.ts';
import type { Registration } from './store/channels.ts';
import type { Store } from './store/store.ts';

/** Maximum age at which a registration is used. */
const MAX_AGE_MS = 5_000;
/** Time limit of a look-up. A webhook waits for the look-up, and TutorCruncher waits 8 seconds for a response. */
const LOOK_UP_MS = 6_000;

/** A cache in front of {@link Store.registration}. */
export class RegisteredChannels {
  readonly #store: Pick<Store, 'registration'>;
  readonly #registrations: ReusedResults<Registration | null>;

  constructor(store: Pick<Store, 'registration'>, clock: Pick<Clock, 'now'> = monotonicClock) {
    this.#store = store;
    this.#registrations = new ReusedResults(MAX_AGE_MS, clock);
  }

  /**
   * Returns the registration of a channel if it was looked up a few seconds ago. The channel may have been deleted since
   * then. Returns null for a channel that was not registered, because another process may have registered it since.
   */
  known(channel: string): Registration | null {
    return this.#registrations.known(channel) ?? null;
  }

  /**
   * Returns the registration of a channel from the store, or null if the channel is not registered. Concurrent calls
   * share one look-up.
   *
   * @throws {Error} if the store fails or does not respond within 6 seconds
   */
  lookUp(channel: string): Promise<Registration | null> {
    return this.#registrations.read(channel, () => withinTime(this.#store.registration(channel), LOOK_UP_MS));
  }

  /** Forgets a channel, because its registration has changed. */
  forget(channel: string): void {
    this.#registrations.forget(channel);
  }
}
