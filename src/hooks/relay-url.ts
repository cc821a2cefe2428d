/**
 * Public origin of the relay at which this build of the app subscribes; null if the owner of each Zap pastes its URL.
 * The build sets this constant to the value of the environment variable `RELAY_URL`.
 */
export const RELAY_URL: string | null = null;
