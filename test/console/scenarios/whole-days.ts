/**
 * Prints the first and last dates of the filter's periods on each day of 2026 as JSON. The arguments are the names of
 * time zones. Runs in a separate process, because Jest's environment cannot change the time zone.
 */

import { periodTimes, type Period } from '../../../console/period.ts';

/**
 * The dates of the first and last millisecond in a period. `isWhole` is true if the period begins with the first moment
 * of its first date.
 */
interface PeriodDates {
  readonly first: string;
  readonly last: string;
  readonly isWhole: boolean;
}

/** The periods at a given moment. */
export interface PeriodsAt {
  readonly zone: string;
  /** The date of the moment. */
  readonly date: string;
  readonly time: string;
  readonly today: PeriodDates;
  readonly yesterday: PeriodDates;
  readonly lastSevenDays: PeriodDates;
  /** The period `dates` whose first and last day are the current date. */
  readonly dates: PeriodDates;
}

/** Local times of the moments. The first two times are at night, when clocks change. */
const TIMES = ['00:15', '03:30', '12:00', '23:45'];

/** Returns the date of a moment in the time zone of the process, such as `2026-06-10`. */
const dateAt = (moment: number): string => {
  const date = new Date(moment);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => `${part}`.padStart(2, '0')).join('-');
};

function periodAt(now: number, when: Period['when'], date: string | null = null): PeriodDates {
  const { from = NaN, to = now } = periodTimes({ when, from: date, to: date }, now);
  return { first: dateAt(from), last: dateAt(to - 1), isWhole: dateAt(from - 1) !== dateAt(from) };
}

const periods = process.argv.slice(2).flatMap((zone) => {
  // Node.js applies an assignment to `TZ` at once.
  process.env.TZ = zone;
  const days = Array.from({ length: 365 }, (_, index) => dateAt(new Date(2026, 0, index + 1, 12).getTime()));
  return days.flatMap((date) =>
    TIMES.map((time): PeriodsAt => {
      const now = Date.parse(`${date}T${time}`);
      return {
        zone,
        date,
        time,
        today: periodAt(now, 'today'),
        yesterday: periodAt(now, 'yesterday'),
        lastSevenDays: periodAt(now, 'last-7-days'),
        dates: periodAt(now, 'dates', date),
      };
    }),
  );
});
process.stdout.write(JSON.stringify(periods));
