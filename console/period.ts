/**
 * The periods in the filter of the event list: the last hour, calendar days, the days between two dates, and an hour of
 * the chart.
 */

import type { EventConditions } from '../wire/console-api.ts';
import { DAY_MS, HOUR_MS } from './times.ts';

/** The named periods in the filter, with their labels. */
export const PERIODS = {
  'last-hour': 'Last hour',
  today: 'Today',
  yesterday: 'Yesterday',
  'last-7-days': 'Last 7 days',
  dates: 'Between two dates',
} as const;
type NamedPeriod = keyof typeof PERIODS;

/** The period in which the listed events arrived. */
export interface Period {
  /** A named period, or the start of an hour in milliseconds since 1970; null for any time. */
  readonly when: NamedPeriod | number | null;
  /** First day of the period `dates` in the viewer's time zone, such as `2026-06-10`. */
  readonly from: string | null;
  /** Last day of the period `dates`, in the format of `from`. */
  readonly to: string | null;
}

/** Returns the named period with the given key; null for any other text. */
export const periodIn = (key: string | null): NamedPeriod | null =>
  key !== null && Object.hasOwn(PERIODS, key) ? (key as NamedPeriod) : null;

/** Returns the start of the day that contains a moment, in the viewer's time zone. */
const startOfDay = (time: number): number => new Date(time).setHours(0, 0, 0, 0);

/** Returns the first moment of a date, or of the next day, in the viewer's time zone. */
function midnightOf(date: string, days: 0 | 1): number {
  const start = new Date(`${date}T00:00`);
  // A day when the clocks change can begin at 01:00, but the next day begins at midnight.
  return startOfDay(start.setDate(start.getDate() + days));
}

/** Returns the range of arrival times that a period includes. */
export function periodTimes({ when, from, to }: Period, now: number): Pick<EventConditions, 'from' | 'to'> {
  if (when === null) return {};
  if (typeof when === 'number') return { from: when, to: when + HOUR_MS };
  const today = startOfDay(now);
  return {
    'last-hour': { from: now - HOUR_MS },
    today: { from: today },
    yesterday: { from: startOfDay(today - DAY_MS / 2), to: today },
    'last-7-days': { from: startOfDay(today - 6.5 * DAY_MS) },
    dates: { ...(from && { from: midnightOf(from, 0) }), ...(to && { to: midnightOf(to, 1) }) },
  }[when];
}
