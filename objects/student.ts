import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/student.json' with { type: 'json' };

export const student = tutorCruncherObject({
  word: 'student',
  sample,
  api: { path: 'recipients', filters: ['labels'], hasCustomFields: true },
});
