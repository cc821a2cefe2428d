/**
 * The public origin of the relay that this build of the app subscribes at; null where Zaps are reached by URLs that
 * their owners paste. `npm run build` writes another value into the built app when `RELAY_URL` is set.
 */
export const RELAY_URL: string | null = null;
