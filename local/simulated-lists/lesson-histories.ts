/**
 * The lessons of a simulated branch: 60 lessons a day in London over five weeks. The clocks change in the middle of
 * this period. Most lessons belong to series that were booked months ago. Lessons are moved, cancelled, booked late,
 * completed late or never, and some reports are missing. Every change has a time, so that the state at each moment is
 * known in advance.
 */

import { atChange, generator, type History } from './history.ts';
import { CLOCKS_CHANGE, DAY, HOUR, MINUTE, WEEK_START } from './simulated-time.ts';

/** A version of a lesson: the lesson's state until the next version. */
export interface LessonVersion {
  readonly from: number;
  readonly start: number;
  readonly finish: number;
  readonly status: 'planned' | 'awaiting-report' | 'complete' | 'cancelled' | 'cancelled-chargeable' | 'deleted';
}

/** A lesson with all its states. */
export type SimulatedLesson = History<LessonVersion>;

const TUTORS = 20;

/** Returns the id of a lesson's tutor. All tutors have the same number of lessons. */
export const tutorOf = (lesson: number): number => 400 + (lesson % TUTORS);

/** The number of lessons of a job. The lessons were booked one after another and are mostly on consecutive days. */
const LESSONS_PER_JOB = 7;

/** A job with its status, which never changes. */
export interface SimulatedJob {
  readonly id: number;
  readonly status: 'available' | 'in-progress' | 'finished';
}

/** Returns the job of a lesson. One job in five is finished. */
export function jobOf(lesson: number): SimulatedJob {
  const id = 500 + Math.floor(lesson / LESSONS_PER_JOB);
  const status = (['finished', 'available'] as const)[id % 5] ?? 'in-progress';
  return { id, status };
}

/** The size of a simulated branch. */
export interface Branch {
  readonly perDay: number;
  /** The number of lessons per day that start at 15:00. */
  readonly crowd: number;
  /** The last day that has lessons, in days after the first day of the week. */
  readonly days: number;
}

const FIRST_DAY = -10;
const USUAL_BRANCH: Branch = { perDay: 60, crowd: 0, days: 24 };

/**
 * Returns the moment of a local time in London.
 *
 * @param day - days after the first day of the week
 * @param minutes - minutes after midnight
 */
function inLondon(day: number, minutes: number): number {
  const midnight = Date.parse('2026-10-21T00:00:00Z') + day * DAY;
  const utc = midnight + minutes * MINUTE;
  return utc - HOUR < CLOCKS_CHANGE ? utc - HOUR : utc;
}

/** Returns the states of a lesson after it has taken place at its last planned time. */
function afterwards(random: () => number, { start, finish }: LessonVersion): LessonVersion[] {
  const at = (moment: number, status: LessonVersion['status']): LessonVersion => ({
    from: atChange(moment),
    start,
    finish,
    status,
  });
  const fate = random();
  // Some lessons stay planned.
  if (fate < 0.08) return [];
  const completed = finish + (fate < 0.6 ? 10 * MINUTE : fate < 0.8 ? 3 * HOUR : fate < 0.92 ? 32 * HOUR : 3 * DAY);
  if (random() < 0.4) return [at(completed, 'complete')];
  const awaiting = at(completed, 'awaiting-report');
  const report = random();
  if (report < 0.2) return [awaiting];
  const written = completed + (report < 0.5 ? 2 * HOUR : report < 0.75 ? 15 * HOUR : 60 * HOUR);
  return [awaiting, at(written, 'complete')];
}

/** Returns all lessons. Ids follow the order of booking. */
export function simulatedLessons(seed: number, { perDay, crowd, days } = USUAL_BRANCH): SimulatedLesson[] {
  const random = generator(seed);
  const drafts: { readonly booked: number; readonly versions: LessonVersion[] }[] = [];
  for (let day = FIRST_DAY; day <= days; day++) {
    for (let index = 0; index < perDay; index++) {
      // Lessons start every quarter of an hour from 9:00 to 19:45, most of them in the afternoon.
      const hour = index < perDay / 4 ? 9 + Math.floor(random() * 6) : 15 + Math.floor(random() * 5);
      const quarter = Math.floor(random() * 4) * 15;
      const start = inLondon(day, index >= perDay - crowd ? 15 * 60 : hour * 60 + quarter);
      const finish = start + (random() < 0.9 ? 60 : 150) * MINUTE;
      const isSeries = random() < 0.8;
      const late = random();
      // Series were booked months ago, one after another, so that ids do not follow the times of lessons.
      const booked = isSeries
        ? WEEK_START - (200 - (index % 150)) * DAY + day * MINUTE
        : start - (late < 0.15 ? 0.5 * HOUR : late < 0.4 ? 8 * HOUR : 5 * DAY);
      const planned: LessonVersion = { from: atChange(booked), start, finish, status: 'planned' };
      const versions = [planned];
      const fate = random();
      const moved = (by: number, before: number): LessonVersion => ({
        from: atChange(start - before),
        start: start + by,
        finish: finish + by,
        status: 'planned',
      });
      if (booked < start - 4 * DAY) {
        if (fate < 0.04) versions.push({ ...planned, from: atChange(start - 2 * DAY), status: 'cancelled' });
        else if (fate < 0.08) versions.push({ ...planned, from: atChange(start - 12 * HOUR), status: 'cancelled' });
        else if (fate < 0.1) versions.push({ ...planned, from: atChange(start - 12 * HOUR), status: 'deleted' });
        else if (fate < 0.14) versions.push(moved(2 * DAY, 12 * HOUR));
        else if (fate < 0.17) versions.push(moved(-6 * HOUR, 12 * HOUR));
        else if (fate < 0.19) versions.push(moved(DAY, 2 * DAY));
        else if (fate < 0.2) {
          versions.push({ ...planned, from: atChange(finish + HOUR), status: 'cancelled-chargeable' });
        }
      }
      const last = versions.at(-1) ?? planned;
      if (last.status === 'planned') versions.push(...afterwards(random, last));
      drafts.push({ booked, versions });
    }
  }
  return drafts
    .sort((one, other) => one.booked - other.booked)
    .map(({ versions }, index) => ({ id: 1000 + index, versions }));
}
