/**
 * Simulates three years of events at fictional agencies, to test the rule for unusual silence. Times are milliseconds
 * since 1970.
 *
 * @slow three years of eight agencies
 */

import { DAY, HOUR } from '../../harness/durations.ts';

/** Share of the usual events on a day in local time: 0 on a day without events, 1 on an ordinary day. */
type Calendar = (day: Date) => number;

/** An agency. Its events occur at random, as often as its rhythm specifies. */
export interface Agency {
  readonly name: string;
  /** Number of events on an ordinary day. */
  readonly eventsPerDay: number;
  /** Weights of the 24 hours of a day, in local time. */
  readonly hours: readonly number[];
  /** Weights of the days of a week, Sunday first. */
  readonly days: readonly number[];
  readonly holidays: Calendar;
  /** Number of usual hours within which the agency should get a notice about a silence. */
  readonly target: number;
  /**
   * Number of notices per year during holidays, measured with a rule that remembers only four weeks and therefore soon
   * counts a holiday as usual.
   */
  readonly noticesOfFourWeeks: number;
}

/** The first and the last moment of the simulation. */
export const SIMULATED = { from: Date.UTC(2026, 0, 5), to: Date.UTC(2029, 0, 1) };

/** Standard deviation of the logarithm of a day's number of events. It makes some days busier than others. */
const DEVIATION_OF_DAYS = 0.25;

const hoursOf = (weight: (hour: number) => number): number[] => Array.from({ length: 24 }, (_, hour) => weight(hour));
const OFFICE_HOURS = hoursOf((hour) => (hour >= 8 && hour < 19 ? 1 : 0.02));
const LONG_DAY = hoursOf((hour) => (hour >= 7 && hour < 21 ? 1 : 0));
const AFTERNOONS = hoursOf((hour) => {
  if (hour >= 14 && hour < 20) return 1.5;
  return hour >= 8 && hour < 22 ? 0.5 : 0;
});
const WEEKDAYS = [0, 1, 1, 1, 1, 1, 0];
const WITH_SATURDAYS = [0.1, 1, 1, 1, 1, 1, 0.5];
const WEEKENDS = [1, 0.05, 0.05, 0.05, 0.05, 0.05, 1];

/** Returns the month and the day as a number, such as 704 for 4 July. */
const dayOfYear = (day: Date): number => (day.getUTCMonth() + 1) * 100 + day.getUTCDate();
const isBetween = (day: Date, first: number, last: number): boolean =>
  dayOfYear(day) >= first && dayOfYear(day) <= last;

function isPublicHoliday(day: Date): boolean {
  const isMonday = day.getUTCDay() === 1;
  return (
    isBetween(day, 1224, 1231) ||
    isBetween(day, 101, 101) ||
    (isMonday && (isBetween(day, 501, 507) || isBetween(day, 525, 531) || isBetween(day, 825, 831)))
  );
}
const isSchoolHoliday = (day: Date): boolean =>
  isBetween(day, 1220, 1231) ||
  isBetween(day, 101, 103) ||
  isBetween(day, 214, 222) ||
  isBetween(day, 401, 414) ||
  isBetween(day, 525, 531) ||
  isBetween(day, 722, 901) ||
  isBetween(day, 1024, 1101);

const publicHolidays: Calendar = (day) => (isPublicHoliday(day) ? 0 : 1);
const quietSchoolHolidays: Calendar = (day) => (isPublicHoliday(day) ? 0 : isSchoolHoliday(day) ? 0.3 : 1);
const noLessonsInHolidays: Calendar = (day) => (isPublicHoliday(day) || isSchoolHoliday(day) ? 0 : 1);
const summerPause: Calendar = (day) => (isPublicHoliday(day) ? 0 : isBetween(day, 715, 905) ? 0 : 1);

export const AGENCIES: readonly Agency[] = [
  {
    name: '90 events a day, mostly in the afternoon',
    eventsPerDay: 90,
    hours: AFTERNOONS,
    days: WITH_SATURDAYS,
    holidays: publicHolidays,
    target: 2,
    noticesOfFourWeeks: 3.7,
  },
  {
    name: '75 events a day, on weekdays',
    eventsPerDay: 75,
    hours: LONG_DAY,
    days: WEEKDAYS,
    holidays: publicHolidays,
    target: 2,
    noticesOfFourWeeks: 3.7,
  },
  {
    name: '70 events a day, fewer in school holidays',
    eventsPerDay: 70,
    hours: OFFICE_HOURS,
    days: WITH_SATURDAYS,
    holidays: quietSchoolHolidays,
    target: 2,
    noticesOfFourWeeks: 5.3,
  },
  {
    name: '33 events a day, mostly in the afternoon',
    eventsPerDay: 33,
    hours: AFTERNOONS,
    days: WITH_SATURDAYS,
    holidays: publicHolidays,
    target: 5,
    noticesOfFourWeeks: 3.7,
  },
  {
    name: '35 events a day, at weekends, none in holidays',
    eventsPerDay: 35,
    hours: OFFICE_HOURS,
    days: WEEKENDS,
    holidays: noLessonsInHolidays,
    target: 5,
    noticesOfFourWeeks: 5.7,
  },
  {
    name: '11 events a day, with a summer pause',
    eventsPerDay: 11,
    hours: OFFICE_HOURS,
    days: WITH_SATURDAYS,
    holidays: summerPause,
    target: 12,
    noticesOfFourWeeks: 2.9,
  },
  {
    name: '5 events a day, fewer in school holidays',
    eventsPerDay: 5,
    hours: OFFICE_HOURS,
    days: WITH_SATURDAYS,
    holidays: quietSchoolHolidays,
    target: 36,
    noticesOfFourWeeks: 1,
  },
  {
    name: '3 events a day, on weekdays',
    eventsPerDay: 3,
    hours: OFFICE_HOURS,
    days: WEEKDAYS,
    holidays: publicHolidays,
    target: 36,
    noticesOfFourWeeks: 0.7,
  },
];

/** Returns a generator of random numbers between 0 and 1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns the last Sunday of a month at 01:00 UTC, when clocks change in Europe. */
function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0));
  return Date.UTC(year, month, last.getUTCDate() - last.getUTCDay(), 1);
}

/** Returns a moment as if its time in London were UTC. */
export function localTime(moment: number): Date {
  const year = new Date(moment).getUTCFullYear();
  const isSummer = moment >= lastSunday(year, 2) && moment < lastSunday(year, 9);
  return new Date(moment + (isSummer ? HOUR : 0));
}

/** Returns the number of events that an agency expects in an hour of an ordinary day. */
export function expectedIn({ eventsPerDay, hours, days }: Agency, hour: number): number {
  const local = localTime(hour);
  const weights = hours.reduce((sum, weight) => sum + weight, 0);
  return (eventsPerDay * (hours[local.getUTCHours()] ?? 0) * (days[local.getUTCDay()] ?? 0)) / weights;
}

/** Returns true if a span touches a day on which the agency has fewer events than usual. */
export function touchesHoliday({ holidays }: Agency, from: number, to: number): boolean {
  for (let moment = from; moment < to + HOUR; moment += HOUR) if (holidays(localTime(moment)) < 1) return true;
  return false;
}

/** Returns the times of an agency's events in ascending order. */
export function eventsOf(agency: Agency, seed: number): number[] {
  const random = randomNumbers(seed);
  const events: number[] = [];
  let busyness = 1;
  for (let hour = SIMULATED.from; hour < SIMULATED.to; hour += HOUR) {
    const local = localTime(hour);
    if (local.getUTCHours() === 0) {
      const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      busyness = Math.exp(DEVIATION_OF_DAYS * gauss);
    }
    const expected = expectedIn(agency, hour) * agency.holidays(local) * busyness;
    // Pauses between the events of a Poisson process are exponentially distributed.
    let moment = expected === 0 ? 1 : -Math.log(1 - random()) / expected;
    for (; moment < 1; moment -= Math.log(1 - random()) / expected) events.push(Math.floor(hour + moment * HOUR));
  }
  return events;
}

/**
 * Returns random moments at which TutorCruncher falls silent, in the first week after the summer holidays of each year.
 */
export function outagesInTerm(agency: Agency, seed: number, count: number): number[] {
  const random = randomNumbers(seed);
  return [2026, 2027, 2028].flatMap((year) => {
    let start = Date.UTC(year, 8, 1);
    while (touchesHoliday(agency, start, start)) start += DAY;
    return Array.from({ length: count / 3 }, () => start + random() * 7 * DAY);
  });
}

/**
 * Returns random moments at which TutorCruncher falls silent. The moments are far from holidays, and late enough for
 * the agency's rhythm to be known.
 */
export function outagesOf(agency: Agency, seed: number, count: number): number[] {
  const random = randomNumbers(seed);
  const [from, to] = [SIMULATED.from + 60 * DAY, SIMULATED.to - 30 * DAY];
  const outages: number[] = [];
  for (let tries = 0; outages.length < count && tries < 50 * count; tries++) {
    const moment = from + random() * (to - from);
    if (!touchesHoliday(agency, moment - 14 * DAY, moment + 5 * DAY)) outages.push(moment);
  }
  return outages;
}
