/**
 * The days that the tasks name, in the time zone of the branch. The tasks name days of the week, so that a reader can
 * do the tasks on any day.
 */

import { DAY } from '../../relay/harness/durations.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';

const zone = timeZoneNamed('Europe/London') ?? UTC;

/** Days in the format `YYYY-MM-DD`. */
export interface OfficeDates {
  readonly today: string;
  readonly tomorrow: string;
  readonly firstOfMonth: string;
  /** A day of the previous month. */
  readonly lastMonth: string;
  /** The next Wednesday after today. */
  readonly wednesday: string;
  /** The next Thursday after today. */
  readonly thursday: string;
  /** The day after `thursday`. */
  readonly friday: string;
  /** The Friday of next week. */
  readonly fridayOfNextWeek: string;
  readonly tuesdayOfNextWeek: string;
  readonly thursdayOfNextWeek: string;
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Returns the days that tasks name. @param now - milliseconds since 1970 */
export function officeDates(now: number): OfficeDates {
  const today = dayOf(now + zone.offsetAt(now));
  const dayIn = (days: number): string => dayOf(Date.parse(today) + days * DAY);
  // Weeks begin on Monday, which is day 1.
  const weekday = new Date(today).getUTCDay() || 7;
  const next = (day: number): number => (day - weekday + 7) % 7 || 7;
  const firstOfMonth = `${today.slice(0, 8)}01`;
  return {
    today,
    tomorrow: dayIn(1),
    firstOfMonth,
    lastMonth: dayOf(Date.parse(firstOfMonth) - 10 * DAY),
    wednesday: dayIn(next(3)),
    thursday: dayIn(next(4)),
    friday: dayIn(next(4) + 1),
    fridayOfNextWeek: dayIn(7 + 5 - weekday),
    tuesdayOfNextWeek: dayIn(7 + 2 - weekday),
    thursdayOfNextWeek: dayIn(7 + 4 - weekday),
  };
}

/**
 * Converts a local time of the branch to UTC, in the format of the API.
 *
 * @param day - in the format `YYYY-MM-DD`
 * @param time - in the format `HH:MM`
 */
export function utcTime(day: string, time: string): string {
  const local = Date.parse(`${day}T${time}:00Z`);
  return new Date(local - zone.offsetAt(local)).toISOString().replace('.000Z', 'Z');
}
