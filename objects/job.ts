import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/job.json' with { type: 'json' };

export const job = tutorCruncherObject({
  word: 'job',
  sample,
  api: { path: 'services', filters: ['labels'], hasCustomFields: true },
  statuses: ['pending', 'available', 'in-progress', 'finished', 'gone-cold'],
});
