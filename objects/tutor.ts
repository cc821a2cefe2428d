import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/tutor.json' with { type: 'json' };

/** A tutor: a person who teaches. TutorCruncher's API calls it a contractor. */
export const tutor = tutorCruncherObject({
  word: 'tutor',
  sample,
  earlier: { last_name: 'Wells' },
  api: {
    path: 'contractors',
    filters: ['status', 'labels'],
    hasCustomFields: true,
    // TutorCruncher's documented webhook about a tutor lacks these fields of the documented API response.
    fieldsNotInWebhooks: ['receive_service_notifications', 'last_updated', 'work_done_details'],
  },
  statuses: ['pending', 'approved', 'rejected', 'dormant'],
});
