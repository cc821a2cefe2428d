/** The rule for telling that a channel has been silent for too long, for the connector, the relay and the console. */

const DAY_MS = 24 * 60 * 60 * 1000;

/** Minimum age at which a channel's pauses are considered typical, because they include a quiet weekend. */
const ESTABLISHED_MS = 14 * DAY_MS;
/** Shortest unusual silence, for an established channel and for a new one. */
const MIN_SILENCE_MS = DAY_MS;
const MIN_SILENCE_OF_NEW_MS = 3 * DAY_MS;
/** The longest usual pause of a channel whose pauses are unknown. */
const DEFAULT_PAUSE_MS = 3.5 * DAY_MS;

/**
 * Returns true if a channel has been silent for much longer than usual: more than twice its longest pause in the last
 * two weeks. All times are in milliseconds.
 *
 * @param longestPause - null if it is unknown
 * @param age - time since the channel was registered
 */
export function isUnusualSilence(silence: number, longestPause: number | null, age: number): boolean {
  const shortest = age >= ESTABLISHED_MS ? MIN_SILENCE_MS : MIN_SILENCE_OF_NEW_MS;
  return silence > Math.max(shortest, 2 * (longestPause ?? DEFAULT_PAUSE_MS));
}
