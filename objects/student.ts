import { PERSON_ROW_FIELDS, tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/student.json' with { type: 'json' };

/** A student: a person who is taught. TutorCruncher's API calls a student a recipient. */
export const student = tutorCruncherObject({
  word: 'student',
  sample,
  earlier: { last_name: 'Shah' },
  api: { path: 'recipients', filters: ['labels'], rowFields: PERSON_ROW_FIELDS, hasCustomFields: true },
});
