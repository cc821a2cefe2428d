import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/affiliate.json' with { type: 'json' };

export const affiliate = tutorCruncherObject({
  word: 'affiliate',
  sample,
  api: { path: 'agents', filters: ['status', 'labels'], hasCustomFields: true },
});
