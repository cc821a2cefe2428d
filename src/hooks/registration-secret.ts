/** The secret with which the app registers channels at the relay. The relay's operator and the app's developer share it. */

/**
 * Registration secret that was built into the app; null if there is none. The build sets this constant to the value of
 * the environment variable `RELAY_REGISTRATION_SECRET`.
 */
export const BUILT_IN_SECRET: string | null = null;

/**
 * Returns the registration secret: the environment variable `RELAY_REGISTRATION_SECRET` at Zapier, which the developer
 * can change without a new build, or else the built-in secret.
 *
 * @returns null if neither is set
 */
export const registrationSecret = (): string | null => process.env.RELAY_REGISTRATION_SECRET?.trim() || BUILT_IN_SECRET;
