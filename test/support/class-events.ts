/** Events about the tutors and the students of the class of nine. */

import { CLASS_LESSON, TUTOR_ROWS } from '../../local/events/class-of-nine.ts';
import { triggerOf } from '../../local/hook-calls.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { directZWith } from './direct-z.ts';

export const CREATED = 'CREATED_AN_APPOINTMENT';
export const EDITED = 'EDITED_AN_APPOINTMENT';
export const TUTOR_ADDED = 'ADDED_CONTRACTOR_TO_APPOINTMENT';
export const TUTOR_REMOVED = 'REMOVED_CONTRACTOR_FROM_APPOINTMENT';
export const STUDENT_ADDED = 'ADDED_SR_TO_APPOINTMENT';
export const STUDENT_REMOVED = 'REMOVED_SR_FROM_APPOINTMENT';
export const STUDENT_EDITED = 'EDITED_SR_ON_APPOINTMENT';

const { sampleEvent } = triggerOf('lesson_updated');

/**
 * Returns an event about the lesson of the class. @param second - time of the event, in seconds after the first event
 */
export const event = (action: string, second: number, subject: JsonObject = {}): TutorCruncherEvent => ({
  ...sampleEvent,
  action,
  timestamp: `2026-06-10T18:05:${String(second + 10).padStart(2, '0')}.000000Z`,
  subject: { ...sampleEvent.subject, ...CLASS_LESSON, ...subject },
});

/** Returns a lesson with these students. */
export const withStudents = (...rcras: readonly JsonObject[]): JsonObject => ({ rcras });
/** Returns a lesson with these tutors. */
export const withTutors = (...cjas: readonly JsonObject[]): JsonObject => ({ cjas });

export const ONE_TUTOR = withTutors(...TUTOR_ROWS.slice(0, 1));

/** Returns a `z` whose reads return the lesson of an event. `people` replaces the people of the lesson. */
export const readingLesson = ({ subject }: TutorCruncherEvent, people: JsonObject = {}) =>
  directZWith(({ pathname }) =>
    pathname === '/api/branch/' ? { id: 4021, name: 'Bristol' } : { ...subject, ...people, model: undefined },
  );
