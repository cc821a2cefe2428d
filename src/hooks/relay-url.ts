/**
 * Public origin of the relay that this build of the app subscribes at; null if the owner of each Zap pastes its URL. The
 * build replaces this module when the environment variable `RELAY_URL` is set.
 */
export const RELAY_URL: string | null = null;
