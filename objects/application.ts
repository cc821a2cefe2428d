import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/application.json' with { type: 'json' };

export const application = tutorCruncherObject({
  word: 'application',
  sample,
  api: { path: 'tenders', isRowComplete: true },
});
