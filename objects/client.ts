import { PERSON_ROW_FIELDS, tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/client.json' with { type: 'json' };

/** A client: a person or company that pays for lessons. */
export const client = tutorCruncherObject({
  word: 'client',
  sample,
  earlier: { last_name: 'Shah' },
  api: { path: 'clients', filters: ['status', 'labels'], rowFields: PERSON_ROW_FIELDS, hasCustomFields: true },
  statuses: ['prospect', 'live', 'dormant'],
});
