import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import type { JsonObject } from '../wire/json.ts';
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

/** Returns a subject that contains only the job that an event is about. */
const jobAlone = ({ subject: { id, name, url } }: Pick<TutorCruncherEvent, 'subject'>): JsonObject => ({
  service: { id, name, url },
});

/**
 * The alternative subject of an event about a person who was removed from a job. The subject is then the job, and the
 * event does not name the person.
 */
export const JOB_WITHOUT_PERSON = {
  object: 'job',
  toSubject: jobAlone,
  fields: jobAlone(job.sample),
} as const;
