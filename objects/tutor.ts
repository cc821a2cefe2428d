import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/tutor.json' with { type: 'json' };

/** A tutor: a person who teaches. TutorCruncher's API calls it a contractor. */
export const tutor = tutorCruncherObject({
  word: 'tutor',
  sample,
  api: { path: 'contractors', filters: ['status', 'labels'], hasCustomFields: true },
  statuses: ['pending', 'approved', 'rejected', 'dormant'],
});
