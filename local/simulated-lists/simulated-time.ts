/** The periods in which polled triggers are simulated. Incidents that affect all lists happen on the simulated day. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A span of time without its end, in milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The simulated week: Wednesday to Wednesday. */
export const WEEK_START = Date.parse('2026-10-21T09:00:00Z');
export const WEEK_END = WEEK_START + 7 * DAY;
export const WEEK: Interval = { from: WEEK_START, to: WEEK_END };

/** The simulated day: Saturday to Sunday, in the middle of the week. */
export const DAY_START = Date.parse('2026-10-24T14:00:00Z');
export const SIMULATED_DAY: Interval = { from: DAY_START, to: DAY_START + DAY };

/** British Summer Time ends in the night of the simulated day. */
export const CLOCKS_CHANGE = Date.parse('2026-10-25T01:00:00Z');

/** The time of the simulated day during which TutorCruncher does not respond. */
export const OUTAGE: Interval = { from: Date.parse('2026-10-25T10:00:00Z'), to: Date.parse('2026-10-25T12:00:00Z') };

/** The moments at which the cache forgets the Zaps: on the simulated day, and once more in the week. */
export const FORGETTING = [DAY_START + 3.5 * HOUR, WEEK_START + 150 * HOUR];
