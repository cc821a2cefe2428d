/** Times, durations and numbers as text. Times are in the viewer's time zone. */

import { localTime } from '../src/record/local-time.ts';
import { timeZoneNamed, UTC, type TimeZone } from '../src/record/time-zone.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const VIEWER_ZONE_NAME: string = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The viewer's time zone. The page shows all times in this zone. */
export const VIEWER_ZONE: TimeZone = timeZoneNamed(VIEWER_ZONE_NAME) ?? UTC;

/** Formats a number with its noun, such as "1 event", "2 events" or "12,000 events". */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** Describes a duration in its largest unit, such as "3 minutes" or "less than a minute". */
export function durationText(milliseconds: number): string {
  if (milliseconds < MINUTE_MS) return 'less than a minute';
  if (milliseconds < HOUR_MS) return counted(Math.floor(milliseconds / MINUTE_MS), 'minute');
  if (milliseconds < DAY_MS) return counted(Math.floor(milliseconds / HOUR_MS), 'hour');
  return counted(Math.floor(milliseconds / DAY_MS), 'day');
}

/** Formats the time that a response took, such as "85 ms" or "2.5 s". */
export const responseTime = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

/** Formats the age of a time, such as "3 minutes ago" or "just now". */
export const agoText = (time: number, now: number): string =>
  now - time < MINUTE_MS ? 'just now' : `${durationText(now - time)} ago`;

const inZone = (time: number, zone: TimeZone) => localTime(new Date(time).toISOString(), zone);

/** Formats a time as "Today, 17:05", "Yesterday, 17:05" or "Wed 10 Jun, 17:05". */
export function dayAndTime(time: number, now: number, zone = VIEWER_ZONE): string {
  const local = inZone(time, zone);
  if (!local) return '';
  // The calculation uses dates, because a day has 23 or 25 hours when the clocks change.
  const age = Date.parse(inZone(now, zone)?.date ?? '') - Date.parse(local.date);
  if (age === 0) return `Today, ${local.time}`;
  if (age === DAY_MS) return `Yesterday, ${local.time}`;
  return `${local.day.replace(/ \d{4}$/, '')}, ${local.time}`;
}

/** Formats a time as "Wed 10 Jun 2026, 17:05:09". */
export function fullTime(time: number, zone = VIEWER_ZONE): string {
  const local = inZone(time, zone);
  const seconds = new Date(time).getUTCSeconds().toString().padStart(2, '0');
  return local ? `${local.day}, ${local.time}:${seconds}` : '';
}

/** Formats a time as "2026-06-10 17:05:09", which programs can sort. */
export function sortableTime(time: number, zone = VIEWER_ZONE): string {
  const local = inZone(time, zone);
  const seconds = new Date(time).getUTCSeconds().toString().padStart(2, '0');
  return local ? `${local.date} ${local.time}:${seconds}` : '';
}

/** Formats the time of day, such as "17:05". */
export const clockTime = (time: number): string => inZone(time, VIEWER_ZONE)?.time ?? '';

/** Describes an hour, given its start, such as "Today, 14:00 to 15:00". */
export const hourText = (hour: number, now: number): string =>
  `${dayAndTime(hour, now)} to ${clockTime(hour + HOUR_MS)}`;

/** Describes the time until something is due: "in 4 minutes", or "now" if the time has passed. */
export const dueText = (time: number, now: number): string => (time <= now ? 'now' : `in ${durationText(time - now)}`);
