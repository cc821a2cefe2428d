/**
 * The text of a student's status on a lesson. TutorCruncher gives a student the status `attended` as soon as the student is
 * on the lesson, so it says nothing before the lesson has taken place.
 */

import { slug } from './product-words.ts';
import type { FieldValue, Item } from './record.ts';

/** Statuses of lessons that have taken place. */
const HELD: ReadonlySet<string> = new Set(['awaiting_report', 'complete']);

/** Empties the texts that call students of a lesson present, unless its status shows that it has taken place. */
export function withoutEarlyAttendance(students: readonly Item[], lessonStatus: FieldValue | undefined): void {
  if (typeof lessonStatus === 'string' && HELD.has(slug(lessonStatus))) return;
  for (const student of students) {
    if (typeof student.status === 'string' && slug(student.status) === 'attended') student.status_text = null;
  }
}
