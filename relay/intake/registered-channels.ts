/** Cache of recently used registrations. With the cache, most webhooks need no look-up in the store. */

import { type Clock, monotonicClock, withinTime } from '../clock.ts';
import { createReusedResults } from '../reused-results.ts';
import type { Registration } from '../store/rows/channel-state.ts';
import type { Store } from '../store/store.ts';

/** Time that a cached registration is used, in milliseconds. */
const MAX_AGE_MS = 5_000;
/**
 * Time limit of a look-up, in milliseconds. A webhook waits for the look-up, and TutorCruncher waits 8 seconds for a
 * response.
 */
const LOOK_UP_MS = 6_000;

/** The cache of registrations in a process. */
export type RegisteredChannels = ReturnType<typeof createRegisteredChannels>;

/** Creates a cache in front of {@link Store.registration}. */
export function createRegisteredChannels(
  store: Pick<Store, 'registration'>,
  clock: Pick<Clock, 'now'> = monotonicClock,
) {
  const registrations = createReusedResults<Registration | null>({ maxAgeMs: MAX_AGE_MS }, clock);
  return {
    /**
     * Returns a registration from the cache, even if the registration was deleted in the last few seconds; null if no
     * registration is cached.
     */
    known: (channel: string): Registration | null => registrations.known(channel) ?? null,

    /**
     * Returns a registration from the store; null if the channel is not registered.
     *
     * @throws {Error} if the store fails, or takes longer than 6 seconds
     */
    lookUp: (channel: string): Promise<Registration | null> =>
      registrations.read(channel, () => withinTime(store.registration(channel), LOOK_UP_MS)),

    forget: registrations.forget,
  };
}
