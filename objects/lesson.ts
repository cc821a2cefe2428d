import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/lesson.json' with { type: 'json' };

export const lesson = tutorCruncherObject({
  word: 'lesson',
  sample,
  api: { path: 'appointments', filters: ['status'] },
});
