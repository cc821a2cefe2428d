import { describe, expect, it } from '@jest/globals';

import { atChange } from '../../../local/simulated-lists/history.ts';
import {
  jobOf,
  simulatedLessons,
  tutorOf,
  type LessonVersion,
  type SimulatedLesson,
} from '../../../local/simulated-lists/lesson-histories.ts';
import { CLOCKS_CHANGE, DAY, HOUR, MINUTE, WEEK_START } from '../../../local/simulated-lists/simulated-time.ts';

/** Returns the number of occurrences of each value. */
const countsOf = (values: readonly (string | number)[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));

const range = (from: number, length: number): number[] => Array.from({ length }, (_, index) => from + index);

describe('tutors and jobs', () => {
  it('each of twenty tutors has the same number of lessons', () => {
    expect(countsOf(range(1000, 60).map(tutorOf))).toEqual(
      Object.fromEntries(range(400, 20).map((tutor) => [tutor, 3])),
    );
    expect([1000, 1019, 1020].map(tutorOf)).toEqual([400, 419, 400]);
  });

  it('each job has seven lessons that were booked one after another', () => {
    expect(range(1001, 8).map((lesson) => jobOf(lesson).id)).toEqual([643, 643, 643, 643, 643, 643, 643, 644]);
    expect(jobOf(1000).id).toBe(642);
  });

  it('one job in five is finished, and another one is available', () => {
    const jobs = range(1001, 35).map(jobOf);
    expect(countsOf(jobs.map(({ status }) => status))).toEqual({ finished: 7, available: 7, 'in-progress': 21 });
    const statusOfId = new Map(jobs.map(({ id, status }) => [id, status]));
    expect([...statusOfId]).toEqual([
      [643, 'in-progress'],
      [644, 'in-progress'],
      [645, 'finished'],
      [646, 'available'],
      [647, 'in-progress'],
    ]);
  });
});

const firstOf = ({ versions: [first] }: SimulatedLesson): LessonVersion => {
  if (!first) throw new Error('The lesson has no state.');
  return first;
};

/** Returns the full minute of a change. */
const minuteOf = (moment: number): number => Math.floor(moment / MINUTE) * MINUTE;

const IN_LONDON = new Intl.DateTimeFormat('sv', { timeZone: 'Europe/London', dateStyle: 'short', timeStyle: 'short' });

/** Returns the date and the time in London at which a lesson was first planned to start. */
function plannedStart(lesson: SimulatedLesson): { readonly date: string; readonly time: string } {
  const [date = '', time = ''] = IN_LONDON.format(firstOf(lesson).start).split(' ');
  return { date, time };
}

describe('the lessons of the usual branch', () => {
  const lessons = simulatedLessons(35);
  const starts = lessons.map(plannedStart);

  it('are always the same for a seed', () => {
    expect(simulatedLessons(35)).toEqual(lessons);
    expect(simulatedLessons(36)).not.toEqual(lessons);
  });

  it('have no crowd at 15:00', () => {
    expect(simulatedLessons(35, { perDay: 60, crowd: 0, days: 24 })).toEqual(lessons);
  });

  it('are 60 on each day of five weeks', () => {
    const days = range(0, 35).map((day) => new Date(Date.parse('2026-10-11') + day * DAY).toISOString().slice(0, 10));
    expect(countsOf(starts.map(({ date }) => date))).toEqual(Object.fromEntries(days.map((day) => [day, 60])));
  });

  it('start at each quarter of an hour from 9:00 to 19:45 in London, before and after the clocks change', () => {
    const quarters = range(9 * 4, 11 * 4).map(
      (quarter) => `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
    );
    for (const isWinter of [false, true]) {
      const season = lessons.filter((lesson) => firstOf(lesson).start >= CLOCKS_CHANGE === isWinter);
      expect([...new Set(season.map((lesson) => plannedStart(lesson).time))].sort()).toEqual(quarters);
    }
  });

  it('start in three of four cases at 15:00 or later', () => {
    expect(starts.filter(({ time }) => time >= '15:00')).toHaveLength(35 * 45);
  });

  it('are numbered from 1000 on in the order of booking, which is not the order of the lessons', () => {
    expect(lessons.map(({ id }) => id)).toEqual(range(1000, 35 * 60));
    const booked = lessons.map((lesson) => firstOf(lesson).from);
    expect(booked).toEqual(booked.toSorted((one, other) => one - other));
    const times = lessons.map((lesson) => firstOf(lesson).start);
    expect(times).not.toEqual(times.toSorted((one, other) => one - other));
  });

  it('of a series were booked months before, on another day for each lesson of a day', () => {
    const booked = lessons.map((lesson) => (WEEK_START - firstOf(lesson).from) / DAY).filter((before) => before > 30);
    expect([...new Set(booked.map(Math.round))]).toEqual(range(141, 60).reverse());
  });

  it('of a job are mostly on consecutive days', () => {
    const days = lessons.map((lesson) => Math.floor(firstOf(lesson).start / DAY));
    const isNextDay = lessons.flatMap(({ id }, index) => {
      const before = days[index - 1];
      return before === undefined || jobOf(id).id !== jobOf(id - 1).id ? [] : days[index] === before + 1;
    });
    expect(isNextDay.filter(Boolean).length / isNextDay.length).toBeGreaterThan(0.6);
  });

  it('change in the first seconds of a minute, one change after another', () => {
    const changes = lessons.map(({ versions }) => versions.map(({ from }) => from));
    expect(changes).toEqual(changes.map((own) => own.map((from) => atChange(minuteOf(from)))));
    expect(changes).toEqual(changes.map((own) => [...new Set(own)].sort((one, other) => one - other)));
  });
});

it('the lessons of a branch with a crowd have the given number, last day and number of lessons at 15:00', () => {
  const lessons = simulatedLessons(3, { perDay: 40, crowd: 30, days: 5 });
  const byDate = Map.groupBy(lessons.map(plannedStart), ({ date }) => date);
  expect([...byDate.keys()].sort()).toEqual(range(11, 16).map((day) => `2026-10-${day}`));
  for (const starts of byDate.values()) {
    expect(starts).toHaveLength(40);
    expect(starts.filter(({ time }) => time < '15:00')).toHaveLength(10);
    expect(starts.filter(({ time }) => time === '15:00')).toHaveLength(30);
  }
});

describe('the shares of lessons in percent', () => {
  const LESSONS = simulatedLessons(1, { perDay: 800, crowd: 0, days: 24 });

  const TOOK_PLACE = ['awaiting-report', 'complete'];

  const percentagesOf = (values: readonly (string | number)[]): Record<string, number> =>
    Object.fromEntries(
      Object.entries(countsOf(values)).map(([value, count]) => [value, Math.round((100 * count) / values.length)]),
    );
  const hours = (ms: number): string => `${ms / HOUR} h`;
  const moved = (plan: LessonVersion, { start, finish }: LessonVersion): string => {
    const [by, longer] = [start - plan.start, finish - start - (plan.finish - plan.start)];
    return `${by === 0 ? '' : `moved by ${hours(by)}, `}${longer === 0 ? '' : `longer by ${hours(longer)}, `}`;
  };

  /** Hours from the booking of a lesson to its start. */
  const bookedBefore = (lesson: SimulatedLesson): number => {
    const { from, start } = firstOf(lesson);
    return (start - minuteOf(from)) / HOUR;
  };

  it('by length', () => {
    const lengths = LESSONS.map(firstOf).map(({ start, finish }) => (finish - start) / MINUTE);
    expect(percentagesOf(lengths)).toEqual({ 60: 90, 150: 10 });
  });

  it('by the time of booking', () => {
    const bookings = LESSONS.map((lesson) => {
      const before = bookedBefore(lesson);
      return before > 5 * 24 ? 'months before, as part of a series' : hours(before * HOUR);
    });
    expect(percentagesOf(bookings)).toEqual({
      'months before, as part of a series': 80,
      '120 h': 12,
      '8 h': 5,
      '0.5 h': 3,
    });
  });

  /** Returns the change of a lesson's plan: a cancellation, a deletion or a move. */
  const planChange = ({ versions: [planned, next] }: SimulatedLesson): string => {
    if (!planned || !next || TOOK_PLACE.includes(next.status)) return 'none';
    const at = minuteOf(next.from);
    const when =
      at < planned.start ? `${hours(planned.start - at)} before` : `${hours(at - planned.finish)} after the end`;
    return `${moved(planned, next)}${next.status} ${when}`;
  };

  it('by the change of plan, for lessons that were booked at least four days before', () => {
    const changes = LESSONS.filter((lesson) => bookedBefore(lesson) >= 4 * 24).map(planChange);
    expect(percentagesOf(changes)).toEqual({
      'cancelled 48 h before': 4,
      'cancelled 12 h before': 4,
      'deleted 12 h before': 2,
      'moved by 48 h, planned 12 h before': 4,
      'moved by -6 h, planned 12 h before': 3,
      'moved by 24 h, planned 48 h before': 2,
      'cancelled-chargeable 1 h after the end': 1,
      none: 80,
    });
  });

  it('do not include changes of plan for other lessons', () => {
    const late = LESSONS.filter((lesson) => bookedBefore(lesson) < 4 * 24);
    expect(late.length).toBeGreaterThan(1000);
    expect(countsOf(late.map(planChange))).toEqual({ none: late.length });
  });

  it('by the time of completion after the last planned end, and by the time of the report', () => {
    const outcomes = LESSONS.flatMap(({ versions }) => {
      const plan = versions.findLast(({ status }) => status === 'planned');
      const [ended, ...others] = plan ? versions.slice(versions.indexOf(plan) + 1) : [];
      if (!plan || (ended && !TOOK_PLACE.includes(ended.status))) return [];
      const completion = ended ? `${moved(plan, ended)}${hours(minuteOf(ended.from) - plan.finish)}` : 'never';
      const reports = others.map(
        (report) =>
          `${moved(plan, report)}${report.status} after ${hours(minuteOf(report.from) - minuteOf(ended?.from ?? NaN))}`,
      );
      return { completion, report: [ended?.status ?? 'planned', ...reports].join(', ') };
    });
    expect(percentagesOf(outcomes.map(({ completion }) => completion))).toEqual({
      never: 8,
      [hours(10 * MINUTE)]: 52,
      '3 h': 20,
      '32 h': 12,
      '72 h': 8,
    });
    const reports = outcomes.filter(({ completion }) => completion !== 'never').map(({ report }) => report);
    expect(percentagesOf(reports)).toEqual({
      complete: 40,
      'awaiting-report': 12,
      'awaiting-report, complete after 2 h': 18,
      'awaiting-report, complete after 15 h': 15,
      'awaiting-report, complete after 60 h': 15,
    });
  });
});
