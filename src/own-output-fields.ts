/** Output fields of searches and actions: the fields of an object without an event, and the account's custom fields. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { customFieldsOrNone } from './custom-fields-or-none.ts';
import type { OutputField } from './record/output-fields.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** They are functions because core copies static output fields with the whole definition on each call. */
export const ownOutputFieldFunctions = (
  object: TutorCruncherObject,
): ((z: ZObject, bundle: Bundle) => Promise<OutputField[]>)[] => [
  () => Promise.resolve([...object.ownOutputFields]),
  ...(object.api?.hasCustomFields ? [(z: ZObject, bundle: Bundle) => customFieldsOrNone(z, bundle, object)] : []),
];
