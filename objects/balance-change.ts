import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import subject from './samples/balance-change.json' with { type: 'json' };

/** A change of the balance of a client or a tutor. TutorCruncher's API calls it a balance update. */
export const balanceChange = tutorCruncherObject({
  word: 'balance_change',
  sample: { events: [{ action: '', subject }] },
  earlier: {},
  api: { path: 'balance-updates' },
});
