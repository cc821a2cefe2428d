import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/wellbeing-concern.json' with { type: 'json' };

/**
 * A concern about the safety or wellbeing of a student. There are no triggers about wellbeing concerns, because these
 * are the most sensitive records that an agency keeps.
 */
export const wellbeingConcern = tutorCruncherObject({
  word: 'wellbeing_concern',
  sample,
  earlier: { severity: 'Medium' },
  api: { path: 'wellbeing_concerns' },
});

/** The known actions of events about wellbeing concerns. New Event ignores them unless they are chosen. */
export const wellbeingConcernActions = ['RAISED_A_WELLBEING_CONCERN', 'RESOLVED_A_WELLBEING_CONCERN'];
