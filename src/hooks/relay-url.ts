/** Set by the build to the value of the environment variable `RELAY_URL`, which Zapier does not set. */
declare const BUILT_RELAY_URL: string | null;

/**
 * Public origin of the relay at which this build of the app subscribes its Zaps; null if the owner of each Zap pastes
 * the Zap's URL into TutorCruncher.
 */
export const RELAY_URL = typeof BUILT_RELAY_URL === 'undefined' ? null : BUILT_RELAY_URL;
