import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/wellbeing-concern.json' with { type: 'json' };

/**
 * A concern about the safety or wellbeing of a student. No trigger is about wellbeing concerns only, because these
 * concerns are the most sensitive records that an agency keeps.
 */
export const wellbeingConcern = tutorCruncherObject({
  word: 'wellbeing_concern',
  sample,
  earlier: { severity: 'Medium' },
  api: { path: 'wellbeing_concerns' },
});

/**
 * The known actions about wellbeing concerns. New Event ignores an event with one of these actions, unless a user
 * chooses the action.
 */
export const wellbeingConcernActions = ['RAISED_A_WELLBEING_CONCERN', 'RESOLVED_A_WELLBEING_CONCERN'];
