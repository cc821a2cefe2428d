import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/report.json' with { type: 'json' };

/** A report that a tutor writes about a lesson. */
export const report = tutorCruncherObject({
  word: 'report',
  sample,
  earlier: { appointment: { topic: 'Graphs' } },
  api: { path: 'reports', fieldInsteadOfId: 'appointment', hasCustomFields: true },
});
