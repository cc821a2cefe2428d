import type { JsonObject } from '../../../wire/json.ts';
import { idTime, type Condition } from '../history.ts';
import { simulatedLessons, tutorOf, type LessonVersion } from '../lesson-histories.ts';
import { fromNow, polledList, type ListDefinition } from '../polled-list.ts';
import { DAY } from '../simulated-time.ts';

/** The seed of the lessons of the simulated week. */
const SEED = 35;

/** Statuses of lessons that were not cancelled. */
export const TAKEN_PLACE = ['planned', 'awaiting-report', 'complete'];

/** Returns the condition of a Zap for lessons that start soon. */
export const starting =
  (before: number): Condition<LessonVersion> =>
  (id, { status, start }) =>
    status === 'planned' ? { id: `${id}@${idTime(start)}`, from: start - before, to: start } : null;

/** Returns the condition of a Zap for lessons that ended some time ago, until some time after their end. */
export const ended =
  (statuses: readonly string[], after: number, until: number): Condition<LessonVersion> =>
  (id, { status, finish }) =>
    statuses.includes(status) ? { id: String(id), from: finish + after, to: finish + until } : null;

const RCRAS = [{ recipient: 5, recipient_name: 'Leo Raman', paying_client: 3 }];

/** Returns the fields of a lesson in a state. @param start - in hours from now */
const dueLesson =
  (status: string, start: number) =>
  (index: number): JsonObject => {
    const hours = start + Math.sign(start) * index;
    return { status, start: fromNow(hours), finish: fromNow(hours + 1) };
  };

/** The list of lessons. */
export const lessonList: ListDefinition<LessonVersion> = {
  path: 'appointments',
  histories: () => simulatedLessons(SEED),
  timeOf: ({ start }) => start,
  isSortedById: true,
  rowOf: (id, { start, finish, status }, timeText) => ({
    id,
    start: timeText(start),
    finish: timeText(finish),
    topic: `Lesson ${id}`,
    status,
    service: { id: 7, name: 'Maths' },
  }),
  detailsOf: (id) => ({ rcras: RCRAS, cjas: [{ contractor: tutorOf(id), contractor_name: 'Hannah Whitlock' }] }),
  filtersOf: (id, { status }) => ({ status, contractor: String(tutorOf(id)) }),
  // The demo has lessons that are due.
  due: {
    lesson_starting: dueLesson('planned', 2),
    lesson_ended: dueLesson('complete', -30),
    lesson_not_completed: dueLesson('planned', -30),
    report_missing: dueLesson('awaiting-report', -30),
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
  ],
};

export const list = polledList(lessonList);
