/**
 * Returns the secret with which the app registers channels at the relay; null if there is none. The relay's operator and
 * the app's developer share it. Zapier stores it in the app's environment, where the developer can change it without a
 * new build.
 */
export const registrationSecret = (): string | null => process.env.RELAY_REGISTRATION_SECRET?.trim() || null;
