/** The students who were absent from a lesson. A trigger runs once for each absent student. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { rowText } from '../api/rows.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { isAbsent, isHeld } from '../record/attendance.ts';
import { participantsIn, type Participant, type Person } from '../record/participants.ts';
import { referredId } from './first-lessons.ts';

/** Label, for error messages, of the field that contains the status of a student. */
export const STUDENT_STATUS = 'Student Status';

/**
 * Returns the absent students of a lesson; an empty list if the lesson has not taken place, and null if the lesson's
 * data does not show who attended.
 *
 * @param isRecord - true for a record that was read from TutorCruncher, whose empty list of students means that the
 *   lesson has no students
 */
export function absentIn(lesson: JsonObject, isRecord: boolean): Participant[] | null {
  const status = rowText(lesson, 'status');
  if (status !== '' && !isHeld(status)) return [];
  const students = participantsIn(lesson, 'student', isRecord);
  const rows = Array.isArray(lesson.rcras) ? lesson.rcras.filter(isJsonObject) : [];
  if (status === '' || students === null || rows.some((row) => rowText(row, 'status') === '')) return null;
  const absent = rows.filter((row) => isAbsent(rowText(row, 'status'))).map(({ recipient }) => referredId(recipient));
  return students.filter(({ person }) => absent.includes(person.id));
}

/**
 * Returns true if an earlier event has already reported a student's absence. Earlier events are the newest event before
 * the burst, and the events of the burst that also trigger the Zap. Without a relay, no earlier event is known.
 */
export const isReportedAbsence = ({ previous, burst }: KeptEvent, { id }: Person): boolean =>
  [...burst.filter(({ isSelected }) => isSelected).map(({ event }) => event), previous].some(
    (event) => event !== null && absentIn(event.subject, false)?.some(({ person }) => person.id === id) === true,
  );
