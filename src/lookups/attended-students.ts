/** The choice that limits a report trigger to students who attended the lesson. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { readForCondition } from './decisive-read.ts';
import { referredId } from './first-lessons.ts';
import type { Lookup } from './lookup.ts';
import { readObject } from '../object/object-record.ts';
import { isAbsent } from '../record/attendance.ts';
import { slug } from '../record/product-words.ts';
import { peopleIn } from '../record/participants.ts';
import { rowText } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** The label of the input field. */
const LABEL = 'Only Students Who Attended';

/** The ids of a report's lesson and student. */
interface Attendance {
  readonly lesson: string;
  readonly student: string;
}

/**
 * Returns the ids of a report's lesson and student; false if the report has no lesson or student, and null if the
 * report's data does not show the lesson or the student.
 */
function attendanceIn({ appointment, service_recipient }: JsonObject): Attendance | false | null {
  if (appointment === null || service_recipient === null) return false;
  const [lesson, student] = [referredId(appointment), referredId(service_recipient)];
  return lesson === null || student === null ? null : { lesson, student };
}

/**
 * Returns true if a student takes part in a lesson and was not absent. A lesson that no longer exists has no students.
 * A missing lesson was deleted; the lesson cannot be too new to be found, because a lesson exists before its report.
 *
 * @throws {Error} if the lesson cannot be read, or if its record does not show its students
 */
async function hasAttended(run: StepRun, lesson: TutorCruncherObject, { lesson: id, student }: Attendance) {
  const found = await readObject(run, lesson, id);
  if (found === null) return false;
  const students = Array.isArray(found.rcras) ? found.rcras.filter(isJsonObject) : [];
  const row = students.find(({ recipient }) => referredId(recipient) === student);
  const status = row && slug(rowText(row, 'status'));
  if (status === '' || (!row && peopleIn(found, 'student') === null)) {
    throw new run.z.errors.Error("TutorCruncher's response does not contain who attended the lesson.", 'ApiError');
  }
  // A report can be written before its lesson is complete, so any other status is treated as attended.
  return status !== undefined && !isAbsent(status);
}

/**
 * Returns the choice that limits a report trigger to students who attended the lesson.
 *
 * @param lesson - the definition of the object lesson
 */
export const attendedStudents = (lesson: TutorCruncherObject): Lookup => ({
  field: {
    key: 'only_students_who_attended',
    label: LABEL,
    helpText:
      'Choose true to trigger only for students who attended the lesson. The trigger reads the lesson from TutorCruncher, ' +
      'which takes one request for each report, and the status of the student at that time decides. A student with the ' +
      'status missed or missed-chargeable was absent. Any other status counts as attended, because a report can come ' +
      'before its lesson is complete. A report without a student, or about a student who is not in the lesson, is left out.',
    type: 'boolean',
    required: false,
  },
  sample: {},
  find: async (subject, _choice, run) => {
    const attendance = await subject.find(LABEL, attendanceIn);
    if (!attendance) return null;
    const isMet = await readForCondition(run, LABEL, () => hasAttended(run, lesson, attendance));
    return isMet ? { fields: {} } : null;
  },
});
