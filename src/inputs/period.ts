/** Inputs for spans of whole days in the branch's time zone. */

import type { TimeZone } from '../record/time-zone.ts';
import type { Span } from '../api/rows.ts';
import { choiceInput } from './choice.ts';
import { InvalidValue, makeInput, type Input, type InputContext, type InputText } from './input.ts';
import { dateIn } from './date-time.ts';

const DAY_MS = 86_400_000;

/** The labels of the periods by their values. */
const PERIODS = {
  today: 'Today',
  tomorrow: 'Tomorrow',
  this_week: 'This Week',
  next_week: 'Next Week',
  last_month: 'Last Month',
} as const;
export type Period = keyof typeof PERIODS;

/** Returns the first moment of a day. @param day - the day's date at midnight UTC, in milliseconds */
function startOfDay(day: number, zone: TimeZone): number {
  // If clocks are turned forward at midnight, the day starts at the moment of the change.
  const moments = [-DAY_MS, DAY_MS].map((distance) => day - zone.offsetAt(day + distance));
  return Math.min(...moments.filter((moment) => moment + zone.offsetAt(moment) >= day));
}

/**
 * Returns the span from the start of the first day to the end of the last day.
 *
 * @param first - the first day's date at midnight UTC, in milliseconds
 * @param last - the last day's date at midnight UTC, in milliseconds
 */
const spanOfDays = (first: number, last: number, zone: TimeZone): Span => ({
  from: startOfDay(first, zone),
  to: startOfDay(last + DAY_MS, zone) - 1,
});

/** Returns the span of a period. Weeks begin on Monday. @param now - milliseconds since 1970 */
export function spanOfPeriod(period: Period, now: number, zone: TimeZone): Span {
  const local = new Date(now + zone.offsetAt(now));
  const [year, month] = [local.getUTCFullYear(), local.getUTCMonth()];
  const today = Date.UTC(year, month, local.getUTCDate());
  const monday = today - ((local.getUTCDay() + 6) % 7) * DAY_MS;
  if (period === 'today') return spanOfDays(today, today, zone);
  if (period === 'tomorrow') return spanOfDays(today + DAY_MS, today + DAY_MS, zone);
  if (period === 'this_week') return spanOfDays(monday, monday + 6 * DAY_MS, zone);
  if (period === 'next_week') return spanOfDays(monday + 7 * DAY_MS, monday + 13 * DAY_MS, zone);
  return spanOfDays(Date.UTC(year, month - 1, 1), Date.UTC(year, month, 0), zone);
}

/** Returns the time zone of the branch, or else of the Zap. @throws {InvalidValue} if both time zones are unknown */
async function knownZone({ zone: readZone }: InputContext): Promise<TimeZone> {
  const zone = await readZone();
  if (zone) return zone;
  throw new InvalidValue('cannot be used, because the time zone of your branch is unknown. Leave it empty.');
}

/** An input for a period relative to the time of the run. */
export function periodInput(key: string, text: InputText): Input<Span> {
  const choice = choiceInput(key, PERIODS, text);
  return {
    ...choice,
    convert: async (value, context) =>
      spanOfPeriod(await choice.convert(value, context), Date.now(), await knownZone(context)),
  };
}

/** An input for a day in the branch's time zone. The value is the first or the last moment of the day. */
export const dayInput = (key: string, end: 'from' | 'to', text: InputText): Input<number | null> =>
  makeInput(key, text, {}, async (value, context) => {
    const day = Date.parse(await dateIn(value, () => knownZone(context)));
    return spanOfDays(day, day, await knownZone(context))[end];
  });
