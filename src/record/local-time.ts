/** Dates and times for people to read: in English, with the name of the month and the 24-hour clock. */

import type { TimeZone } from './time-zone.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The numbers below 60 with two digits. Converting each number again would take 0.2 µs more per lesson. */
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Matches date-times as TutorCruncher sends them: with seconds, a fraction or neither, and with an offset from UTC. */
const DATE_TIME =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^[1-9]\d{3}-\d{2}-\d{2}$/;

/** A moment as local date and time in a time zone. */
export interface LocalTime {
  /** Milliseconds since 1970, UTC. */
  readonly moment: number;
  /** `2026-06-10` */
  readonly date: string;
  /** `17:00` */
  readonly time: string;
  /** `Wed 10 Jun 2026` */
  readonly day: string;
}

/** Texts of a day. */
type Day = Pick<LocalTime, 'date' | 'day'>;

/**
 * The texts are cached, because the same few days occur in most deliveries. This saves 1 µs per lesson. The bound protects
 * against hostile deliveries.
 */
const MAX_DAYS = 5000;
const days = new Map<number, Day>();

/**
 * Returns the texts of a day.
 *
 * @param number - days since 1970
 */
function dayNumbered(number: number): Day {
  const known = days.get(number);
  if (known) return known;
  const utc = new Date(number * DAY_MS);
  const [year, month, dayOfMonth] = [utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate()];
  const day = {
    date: `${year}-${TWO_DIGITS[month + 1]}-${TWO_DIGITS[dayOfMonth]}`,
    day: `${WEEKDAYS[utc.getUTCDay()]} ${dayOfMonth} ${MONTHS[month]} ${year}`,
  };
  if (days.size >= MAX_DAYS) days.clear();
  days.set(number, day);
  return day;
}

/** Returns the number that two digits of a string represent. Converting substrings would take 0.2 µs more per lesson. */
const twoDigitsAt = (text: string, index: number): number =>
  (text.charCodeAt(index) - 48) * 10 + text.charCodeAt(index + 1) - 48;

/**
 * Returns the milliseconds from 1970 to a date `YYYY-MM-DD` at the start of a string; null if there is no such date.
 */
function startOfDay(text: string): number | null {
  const year = twoDigitsAt(text, 0) * 100 + twoDigitsAt(text, 2);
  const dayOfMonth = twoDigitsAt(text, 8);
  const start = Date.UTC(year, twoDigitsAt(text, 5) - 1, dayOfMonth);
  // `Date.UTC` treats 30 February as 2 March. The first 28 days of a month need no check, because every month has them.
  return dayOfMonth > 28 && new Date(start).getUTCDate() !== dayOfMonth ? null : start;
}

/** Returns the text of a date without a time, or null for any other value. A date is the same in all time zones. */
export function dayText(value: unknown): string | null {
  if (typeof value !== 'string' || !DATE.test(value)) return null;
  const start = startOfDay(value);
  if (start === null) return null;
  const { date, day } = dayNumbered(start / DAY_MS);
  return date === value ? day : null;
}

/** Returns a date-time in a time zone, or null for any other value. */
export function localTime(value: unknown, zone: TimeZone): LocalTime | null {
  if (typeof value !== 'string' || !DATE_TIME.test(value)) return null;
  const start = startOfDay(value);
  if (start === null) return null;

  let moment = start + (twoDigitsAt(value, 11) * 60 + twoDigitsAt(value, 14)) * MINUTE_MS;
  if (value[16] === ':') moment += twoDigitsAt(value, 17) * SECOND_MS;
  const { length } = value;
  if (!value.endsWith('Z')) {
    const offset = (twoDigitsAt(value, length - 5) * 60 + twoDigitsAt(value, length - 2)) * MINUTE_MS;
    moment += value[length - 6] === '-' ? offset : -offset;
  }

  const local = moment + zone.offsetAt(moment);
  const number = Math.floor(local / DAY_MS);
  const minute = Math.floor((local - number * DAY_MS) / MINUTE_MS);
  const { date, day } = dayNumbered(number);
  return { moment, date, time: `${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}`, day };
}

/** Returns `Wed 10 Jun 2026, 17:00`. */
export const textOf = ({ day, time }: LocalTime): string => `${day}, ${time}`;

/** Clocks are never moved by more hours at once. */
const MAX_CLOCK_CHANGE_MS = 3 * 60 * MINUTE_MS;

/** Returns true for a local time that occurs twice, because clocks were turned back. */
function occursTwice(moment: number, zone: TimeZone): boolean {
  const local = moment + zone.offsetAt(moment);
  return [-MAX_CLOCK_CHANGE_MS, MAX_CLOCK_CHANGE_MS].some((distance) => {
    const offset = zone.offsetAt(moment + distance);
    const other = local - offset;
    return other !== moment && zone.offsetAt(other) === offset;
  });
}

/** Returns `GMT`, `GMT+1` or `GMT-9:30`. */
function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / MINUTE_MS;
  const rest = Math.floor(minutes % 60);
  const hours = `${Math.floor(minutes / 60)}${rest === 0 ? '' : `:${TWO_DIGITS[rest]}`}`;
  return offset === 0 ? 'GMT' : `GMT${offset < 0 ? '-' : '+'}${hours}`;
}

/** Returns the text of a time, with its offset if the local time occurs twice: `Sun 25 Oct 2026, 01:30 GMT+1`. */
export const unambiguousTextOf = (local: LocalTime, zone: TimeZone): string =>
  occursTwice(local.moment, zone) ? `${textOf(local)} ${offsetText(zone.offsetAt(local.moment))}` : textOf(local);

/** Returns `Wed 10 Jun 2026, 17:00 to 18:30`, with both dates if they differ. */
export const spanText = (start: LocalTime, finish: LocalTime): string =>
  `${textOf(start)} to ${start.date === finish.date ? finish.time : textOf(finish)}`;
