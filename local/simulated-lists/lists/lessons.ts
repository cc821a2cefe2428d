import type { JsonObject } from '../../../wire/json.ts';
import { once } from '../../../src/once.ts';
import { idTime, type Condition } from '../history.ts';
import { jobOf, simulatedLessons, tutorOf, type LessonVersion } from '../lesson-histories.ts';
import { fromNow, polledList, type ListDefinition } from '../polled-list.ts';
import { DAY } from '../simulated-time.ts';

/** The seed of the lessons of the simulated week. */
const SEED = 35;

/** Statuses of lessons that are not cancelled. */
export const TAKEN_PLACE = ['planned', 'awaiting-report', 'complete'];

/** Returns the condition of a Zap for lessons that start soon. */
export const starting =
  (before: number): Condition<LessonVersion> =>
  (id, { status, start }) =>
    status === 'planned' ? { id: `${id}@${idTime(start)}`, from: start - before, to: start } : null;

/** Returns the condition of a Zap for lessons with these statuses, during a period after the end of each lesson. */
export const ended =
  (statuses: readonly string[], after: number, until: number): Condition<LessonVersion> =>
  (id, { status, finish }) =>
    statuses.includes(status) ? { id: String(id), from: finish + after, to: finish + until } : null;

const branch = once(() => simulatedLessons(SEED));
const lessonsByJob = once(() => Map.groupBy(branch(), ({ id }) => jobOf(id).id));

/** Returns true if, at the given moment, the job has a lesson that follows the given lesson and is not cancelled. */
const hasLaterLesson = (job: number, id: number, finish: number, moment: number): boolean =>
  (lessonsByJob().get(job) ?? []).some((other) => {
    const current = other.versions.findLast(({ from }) => from <= moment);
    if (!current || !TAKEN_PLACE.includes(current.status)) return false;
    return current.finish === finish ? other.id > id : current.finish > finish;
  });

/** Returns the condition of a Zap that checks for later lessons some time after the end of each lesson. */
const quiet =
  (after: number): Condition<LessonVersion> =>
  (id, { status, finish }) => {
    const [job, from] = [jobOf(id), finish + after];
    const isOfActiveJob = job.status !== 'finished' && TAKEN_PLACE.includes(status);
    return isOfActiveJob && !hasLaterLesson(job.id, id, finish, from)
      ? { id: String(id), from, to: from + 2 * DAY }
      : null;
  };

const RCRAS = [{ recipient: 5, recipient_name: 'Leo Raman', paying_client: 3 }];

/**
 * Returns a function that creates the fields of lessons with a status.
 *
 * @param start - hours from now to the start of the first lesson
 */
const dueLesson =
  (status: string, start: number) =>
  (index: number): JsonObject => {
    const hours = start + Math.sign(start) * index;
    return { status, start: fromNow(hours), finish: fromNow(hours + 1) };
  };

/** Returns a job in the form in which lessons contain jobs. */
const jobWith = (index: number): JsonObject => ({
  id: 801 + index,
  name: 'GCSE Maths for Leo',
  dft_charge_type: 'hourly',
  created: '2026-02-02T09:15:00+00:00',
  dft_charge_rate: '42.00',
  dft_contractor_rate: '30.00',
  last_updated: '2026-06-01T08:00:00+01:00',
  status: 'in-progress',
  url: `https://app.tutorcruncher.com/api/services/${801 + index}/`,
});

/** The list of lessons. */
export const lessonList: ListDefinition<LessonVersion> = {
  path: 'appointments',
  histories: branch,
  timeOf: ({ start }) => start,
  isSortedById: true,
  rowOf: (id, { start, finish, status }, timeText) => ({
    id,
    start: timeText(start),
    finish: timeText(finish),
    topic: `Lesson ${id}`,
    status,
    service: { ...jobOf(id), name: 'Maths' },
  }),
  detailsOf: (id) => ({ rcras: RCRAS, cjas: [{ contractor: tutorOf(id), contractor_name: 'Hannah Whitlock' }] }),
  filtersOf: (id, { status }) => ({ status, contractor: String(tutorOf(id)), service: String(jobOf(id).id) }),
  // `newest` is missing, because the stand-in's account contains lessons that are due.
  due: {
    lesson_starting: dueLesson('planned', 2),
    lesson_ended: dueLesson('complete', -30),
    lesson_not_completed: dueLesson('planned', -30),
    report_missing: dueLesson('awaiting-report', -30),
    job_gone_quiet: (index) => ({ ...dueLesson('complete', -14 * 24 - 2)(index), service: jobWith(index) }),
  },
  zaps: [
    {
      trigger: 'lesson_starting',
      title: 'Lesson Starting Soon, 24 hours before',
      condition: starting(DAY),
      requestsPerHour: 75,
    },
    {
      trigger: 'lesson_starting',
      title: 'Lesson Starting Soon, 14 days before',
      inputData: { time_before: '14', time_unit: 'days' },
      condition: starting(14 * DAY),
      requestsPerHour: 130,
      keepsNotes: true,
    },
    {
      trigger: 'lesson_ended',
      title: 'Lesson Ended, all lessons that took place',
      condition: ended(TAKEN_PLACE, 0, 2 * DAY),
      requestsPerHour: 130,
    },
    {
      trigger: 'lesson_not_completed',
      title: 'Lesson Not Completed, 24 hours after',
      condition: ended(['planned'], DAY, 7 * DAY),
      requestsPerHour: 70,
    },
    {
      trigger: 'report_missing',
      title: 'Report Missing, 24 hours after',
      condition: ended(['awaiting-report'], DAY, 7 * DAY),
      requestsPerHour: 70,
    },
    {
      trigger: 'job_gone_quiet',
      title: 'Job Gone Quiet, 5 days after',
      inputData: { days_after: '5' },
      condition: quiet(5 * DAY),
      requestsPerHour: 130,
    },
  ],
};

export const list = polledList(lessonList);
