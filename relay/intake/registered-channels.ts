/** Cache of recently seen registrations, which spares most webhooks a look-up in the store. */

import { type Clock, monotonicClock, withinTime } from '../clock.ts';
import { createReusedResults } from '../reused-results.ts';
import type { Registration } from '../store/rows/channel-state.ts';
import type { Store } from '../store/store.ts';

/** Maximum age at which a registration is used. */
const MAX_AGE_MS = 5_000;
/** Time limit of a look-up. A webhook waits for the look-up, and TutorCruncher waits 8 seconds for a response. */
const LOOK_UP_MS = 6_000;

/** The cache of a process. */
export type RegisteredChannels = ReturnType<typeof createRegisteredChannels>;

/** Creates a cache in front of {@link Store.registration}. */
export function createRegisteredChannels(
  store: Pick<Store, 'registration'>,
  clock: Pick<Clock, 'now'> = monotonicClock,
) {
  const registrations = createReusedResults<Registration | null>({ maxAgeMs: MAX_AGE_MS }, clock);
  return {
    /**
     * Returns a registration that was looked up a few seconds ago, and may have been deleted since; null if there is
     * none.
     */
    known: (channel: string): Registration | null => registrations.known(channel) ?? null,

    /**
     * Returns a registration from the store; null if there is none.
     *
     * @throws {Error} if the store fails or takes 6 seconds
     */
    lookUp: (channel: string): Promise<Registration | null> =>
      registrations.read(channel, () => withinTime(store.registration(channel), LOOK_UP_MS)),

    forget: registrations.forget,
  };
}
