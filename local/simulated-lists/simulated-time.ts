/** The periods in which polled triggers are simulated. Incidents that affect all lists happen on the simulated day. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A period that includes the start but not the end, both in milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The start of the simulated week, on a Wednesday. */
export const WEEK_START = Date.parse('2026-10-21T09:00:00Z');
export const WEEK_END = WEEK_START + 7 * DAY;
/** The simulated week, from Wednesday to Wednesday. */
export const WEEK: Interval = { from: WEEK_START, to: WEEK_END };

/** The start of the simulated day, on a Saturday. */
export const DAY_START = Date.parse('2026-10-24T14:00:00Z');
/** The simulated day, from Saturday to Sunday in the middle of the week. */
export const SIMULATED_DAY: Interval = { from: DAY_START, to: DAY_START + DAY };

/** The end of British Summer Time, during the night of the simulated day. */
export const CLOCKS_CHANGE = Date.parse('2026-10-25T01:00:00Z');

/** The part of the simulated day in which TutorCruncher does not respond. */
export const OUTAGE: Interval = { from: Date.parse('2026-10-25T10:00:00Z'), to: Date.parse('2026-10-25T12:00:00Z') };

/** The times at which the cache loses all entries: once on the simulated day, and once on another day of the week. */
export const FORGETTING = [DAY_START + 3.5 * HOUR, WEEK_START + 150 * HOUR];
