import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/tutor.json' with { type: 'json' };

export const tutor = tutorCruncherObject({
  word: 'tutor',
  sample,
  api: { path: 'contractors', filters: ['status', 'labels'], hasCustomFields: true },
  statuses: ['pending', 'approved', 'rejected', 'dormant'],
});
