/** Zaps about lessons. All Zaps belong to one connection, and are polled together on busy days. */

import type { Condition } from '../../../local/simulated-lists/history.ts';
import { tutorOf, type LessonVersion } from '../../../local/simulated-lists/lesson-histories.ts';
import { ended, starting, TAKEN_PLACE } from '../../../local/simulated-lists/lists/lessons.ts';
import { DAY, HOUR, MINUTE } from '../../../local/simulated-lists/simulated-time.ts';

const TUTOR = 402;

const ofTutor =
  (condition: Condition<LessonVersion>): Condition<LessonVersion> =>
  (id, version) =>
    tutorOf(id) === TUTOR ? condition(id, version) : null;

/** A Zap about lessons. */
interface LessonZap {
  readonly id: string;
  readonly trigger: string;
  readonly inputData: Readonly<Record<string, string>>;
  readonly condition: Condition<LessonVersion>;
}

const lessonZap = (
  id: string,
  trigger: string,
  condition: Condition<LessonVersion>,
  inputData: Readonly<Record<string, string>> = {},
): LessonZap => ({ id, trigger, inputData, condition });

/**
 * The ids of seven Zaps of one connection. The Zaps are sorted by the time that is left for their runs, shortest first.
 */
export const SEVEN = ['301', '302', '303', '304', '305', '306', '307'];

/**
 * The seven Zaps, a Zap for lessons that start within an hour, and a Zap with a lead time of 14 days, whose list is
 * long.
 */
export const LESSON_ZAPS: readonly LessonZap[] = [
  lessonZap('301', 'lesson_starting', starting(30 * MINUTE), { time_before: '30', time_unit: 'minutes' }),
  lessonZap('302', 'lesson_starting', starting(2 * HOUR), { time_before: '2' }),
  lessonZap('303', 'lesson_starting', starting(DAY)),
  lessonZap('304', 'lesson_ended', ended(TAKEN_PLACE, 0, 2 * DAY)),
  lessonZap('305', 'lesson_ended', ofTutor(ended(TAKEN_PLACE, 0, 2 * DAY)), { tutor: String(TUTOR) }),
  lessonZap('306', 'lesson_not_completed', ended(['planned'], DAY, 7 * DAY)),
  lessonZap('307', 'report_missing', ended(['awaiting-report'], DAY, 7 * DAY)),
  lessonZap('308', 'lesson_starting', starting(HOUR), { time_before: '1' }),
  lessonZap('309', 'lesson_starting', starting(14 * DAY), { time_before: '14', time_unit: 'days' }),
];
