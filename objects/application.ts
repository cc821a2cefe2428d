import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/application.json' with { type: 'json' };

/** An application of a tutor for a job. TutorCruncher's API calls it a tender, and has no page for a single one. */
export const application = tutorCruncherObject({
  word: 'application',
  sample,
  api: { path: 'tenders', isRowComplete: true },
});
