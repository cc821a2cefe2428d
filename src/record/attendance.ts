/**
 * The status of a student in a lesson. TutorCruncher gives a student the status `attended` as soon as the student is
 * added to the lesson, so this status does not show attendance until the lesson has taken place.
 */

import { slug } from './product-words.ts';
import type { FieldValue, Item } from './record.ts';

/** Statuses of lessons that have taken place. */
const HELD: ReadonlySet<string> = new Set(['awaiting_report', 'complete']);

/** Statuses of a student who was absent. */
const ABSENT: ReadonlySet<string> = new Set(['missed', 'missed_chargeable']);

/** Returns true for a status of lessons that have taken place. Ignores letter case and separators. */
export const isHeld = (lessonStatus: string): boolean => HELD.has(slug(lessonStatus));

/** Returns true for a status of students who were absent. Ignores letter case and separators. */
export const isAbsent = (studentStatus: string): boolean => ABSENT.has(slug(studentStatus));

/**
 * Sets the status text of attending students to null, unless the lesson's status shows that the lesson has taken place.
 */
export function withoutEarlyAttendance(students: readonly Item[], lessonStatus: FieldValue | undefined): void {
  if (typeof lessonStatus === 'string' && isHeld(lessonStatus)) return;
  for (const student of students) {
    if (typeof student.status === 'string' && slug(student.status) === 'attended') student.status_text = null;
  }
}
