/** Names of time zones that people type, or that another app sends. */

import { once } from '../once.ts';
import { timeZoneNamed } from '../record/time-zone.ts';

/**
 * Current names by the former names that people and other apps still use (file `backward` of the tz database, 2026b).
 * TutorCruncher refuses former names, but Intl in Node.js and in browsers returns them, for example to forms.
 */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Louisville': 'America/Kentucky/Louisville',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'US/Central': 'America/Chicago',
  'US/Eastern': 'America/New_York',
  'US/Mountain': 'America/Denver',
  'US/Pacific': 'America/Los_Angeles',
};

/**
 * Names of time zones by their lower-case spelling. Intl ignores letter case, but TutorCruncher does not. The list is
 * created once, because every live run with a chosen time zone needs it, and Intl takes 0.1 ms to return it.
 */
const spellings = once(() => {
  const names = [...Intl.supportedValuesOf('timeZone'), ...Object.entries(RENAMED).flat()];
  return new Map(names.map((name) => [name.toLowerCase(), name]));
});

/** Advice for a name that is refused, as complete sentences. */
export const TIME_ZONE_ADVICE =
  'Enter the name of a city in your time zone, such as Europe/London instead of BST, or America/New_York instead of EST. ' +
  'UTC is accepted, too.';

/**
 * Returns the current name of a time zone that a user has typed; null if the name is not valid. Abbreviations are
 * refused, because Intl reads them as other time zones: BST is Bangladesh, and CST is Chicago, not China.
 */
export function typedTimeZone(text: string): string | null {
  const name = text.trim();
  if (name.toUpperCase() === 'UTC') return 'UTC';
  if (!name.includes('/') || !timeZoneNamed(name)) return null;
  const spelled = spellings().get(name.toLowerCase()) ?? name;
  return RENAMED[spelled] ?? spelled;
}
