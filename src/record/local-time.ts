/** Converts dates and times to texts for people, in English, with the name of the month and the 24-hour clock. */

import type { TimeZone } from './time-zone.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * Matches date-times as TutorCruncher sends them: with an offset from UTC, and with or without seconds and their
 * fraction.
 */
const DATE_TIME =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** A point in time, with its date and time in a time zone. */
export interface LocalTime {
  /** Milliseconds since 1970, UTC. */
  readonly moment: number;
  /** Date, such as `2026-06-10`. */
  readonly date: string;
  /** Time of day, such as `17:00`. */
  readonly time: string;
  /** Date in words, such as `Wed 10 Jun 2026`. */
  readonly day: string;
}

/**
 * Returns the texts of a local time.
 *
 * @param local - milliseconds from the start of 1970 in local time
 */
function textsAt(local: number): Omit<LocalTime, 'moment'> {
  const utc = new Date(local);
  const iso = utc.toISOString();
  // `toUTCString` returns "Wed, 10 Jun 2026 16:00:00 GMT".
  const [weekday, day, month, year] = utc.toUTCString().split(/,? /);
  return { date: iso.slice(0, -14), time: iso.slice(-13, -8), day: `${weekday} ${Number(day)} ${month} ${year}` };
}

/** Returns false for a date such as 30 February, which `Date` treats as 2 March. */
const exists = (date: string): boolean => new Date(`${date}T00:00Z`).getUTCDate() === Number(date.slice(-2));

/** Returns the text of a date without a time; null for any other value. The text does not depend on a time zone. */
export const dayText = (value: unknown): string | null =>
  typeof value === 'string' && DATE.test(value) && exists(value) ? textsAt(Date.parse(value)).day : null;

/** Converts a date-time to local time in a time zone; null for any other value. */
export function localTime(value: unknown, zone: TimeZone): LocalTime | null {
  if (typeof value !== 'string' || !DATE_TIME.test(value) || !exists(value.slice(0, 10))) return null;
  const moment = Math.floor(Date.parse(value) / SECOND_MS) * SECOND_MS;
  return { moment, ...textsAt(moment + zone.offsetAt(moment)) };
}

/** Returns a local time as text, such as `Wed 10 Jun 2026, 17:00`. */
export const textOf = ({ day, time }: LocalTime): string => `${day}, ${time}`;

/** Longest period by which clocks are turned back, in milliseconds. */
const MAX_CLOCK_CHANGE_MS = 3 * 60 * MINUTE_MS;

/** Returns true for a local time that occurs twice, because clocks are turned back. */
function occursTwice(moment: number, zone: TimeZone): boolean {
  const local = moment + zone.offsetAt(moment);
  return [-MAX_CLOCK_CHANGE_MS, MAX_CLOCK_CHANGE_MS].some((distance) => {
    const offset = zone.offsetAt(moment + distance);
    const other = local - offset;
    return other !== moment && zone.offsetAt(other) === offset;
  });
}

/** Returns an offset as text, such as `GMT`, `GMT+1` or `GMT-9:30`. @param offset - milliseconds ahead of UTC */
function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / MINUTE_MS;
  const rest = Math.floor(minutes % 60);
  const hours = `${Math.floor(minutes / 60)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
  return offset === 0 ? 'GMT' : `GMT${offset < 0 ? '-' : '+'}${hours}`;
}

/** Returns the text of a time, with its offset if the local time occurs twice: `Sun 25 Oct 2026, 01:30 GMT+1`. */
export const unambiguousTextOf = (local: LocalTime, zone: TimeZone): string =>
  occursTwice(local.moment, zone) ? `${textOf(local)} ${offsetText(zone.offsetAt(local.moment))}` : textOf(local);

/**
 * Returns a start and an end as text, such as `Wed 10 Jun 2026, 17:00 to 18:30`. Contains both dates if the dates
 * differ.
 */
export const spanText = (start: LocalTime, finish: LocalTime): string =>
  `${textOf(start)} to ${start.date === finish.date ? finish.time : textOf(finish)}`;

/**
 * Returns a moment as a time in UTC without a fraction of a second, such as 2026-06-10T16:00:00Z.
 *
 * @param moment - milliseconds since 1970, UTC
 */
export const utcText = (moment: number): string => new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z');
