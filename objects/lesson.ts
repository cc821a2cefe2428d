import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/lesson.json' with { type: 'json' };

/** A lesson: a time at which students are taught. TutorCruncher's API calls it an appointment. */
export const lesson = tutorCruncherObject({
  word: 'lesson',
  sample,
  api: { path: 'appointments', filters: ['status'] },
});
