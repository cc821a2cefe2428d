import { PERSON_ROW_FIELDS, tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/tutor.json' with { type: 'json' };

/** A tutor: a person who teaches. TutorCruncher's API calls a tutor a contractor. */
export const tutor = tutorCruncherObject({
  word: 'tutor',
  sample,
  earlier: { last_name: 'Wells' },
  api: {
    path: 'contractors',
    filters: ['status', 'labels'],
    rowFields: PERSON_ROW_FIELDS,
    hasCustomFields: true,
    // TutorCruncher documents these fields for the API response about a tutor, but not for webhooks.
    fieldsNotInWebhooks: ['receive_service_notifications', 'last_updated', 'work_done_details'],
  },
  statuses: ['pending', 'approved', 'rejected', 'dormant'],
});
