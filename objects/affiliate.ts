import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/affiliate.json' with { type: 'json' };

/**
 * An affiliate: a person who brings clients and earns a commission. TutorCruncher's API calls an affiliate an agent.
 */
export const affiliate = tutorCruncherObject({
  word: 'affiliate',
  sample,
  earlier: { last_name: 'Field' },
  api: { path: 'agents', filters: ['status', 'labels'], hasCustomFields: true },
});
