import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/job.json' with { type: 'json' };

/**
 * A job: an arrangement for lessons, with its students, tutors and rates. TutorCruncher's API calls a job a service.
 */
export const job = tutorCruncherObject({
  word: 'job',
  sample,
  earlier: { name: 'Maths for Leo' },
  api: {
    path: 'services',
    filters: ['labels'],
    rowFields: [
      'id',
      'name',
      'dft_charge_type',
      'created',
      'dft_charge_rate',
      'dft_contractor_rate',
      'last_updated',
      'status',
      'url',
    ],
    hasCustomFields: true,
  },
  statuses: ['pending', 'available', 'in-progress', 'finished', 'gone-cold'],
});
