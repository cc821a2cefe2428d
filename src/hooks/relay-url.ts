/** The value of the environment variable `RELAY_URL` at build time. Zapier does not set this variable at run time. */
declare const BUILT_RELAY_URL: string | null;

/**
 * Public origin of the relay to which this build of the app subscribes Zaps; null for an app without a relay. Without a
 * relay, the owner of each Zap pastes the Zap's URL into TutorCruncher.
 */
export const RELAY_URL = typeof BUILT_RELAY_URL === 'undefined' ? null : BUILT_RELAY_URL;
