import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import type { JsonObject } from '../wire/json.ts';
import sample from './samples/job.json' with { type: 'json' };

/** A job: an arrangement for lessons, with its students, tutors and rates. TutorCruncher's API calls it a service. */
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

/** Returns the subject of an event that is about a person removed from a job, but contains only the job. */
export const removedFromJob = ({ subject: { id, name, url } }: TutorCruncherEvent): JsonObject => ({
  service: { id, name, url },
});
