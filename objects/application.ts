import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/application.json' with { type: 'json' };

/**
 * A tutor's application for a job. TutorCruncher's API calls an application a tender, and has no endpoint for a single
 * tender.
 */
export const application = tutorCruncherObject({
  word: 'application',
  sample,
  earlier: { proposed_rate: '30.00' },
  api: { path: 'tenders', hasFullRows: true },
});
