import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/wellbeing-concern.json' with { type: 'json' };

/** Has no triggers of its own: these are the most sensitive records an agency keeps. */
export const wellbeingConcern = tutorCruncherObject({
  word: 'wellbeing_concern',
  sample,
  api: { path: 'wellbeing_concerns' },
});

export const wellbeingConcernActions = ['RAISED_A_WELLBEING_CONCERN', 'RESOLVED_A_WELLBEING_CONCERN'];
