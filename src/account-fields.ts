import type { Bundle, ZObject } from 'zapier-platform-core';

import { fetchCustomFields, type CustomField } from './api/records.ts';
import type { OutputField } from './record/output-fields.ts';
import type { RecordWord, TutorCruncherObject } from './tutorcruncher-object.ts';

/**
 * Returns the account's custom fields of an object; none if it has no custom fields. A failure is ignored, because a Zap
 * also works without them.
 */
export async function customFieldsOrNone(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject<RecordWord>,
): Promise<CustomField[]> {
  if (!object.api?.hasCustomFields) return [];
  try {
    return await fetchCustomFields(z, bundle, object);
  } catch {
    return [];
  }
}

/**
 * Returns the functions for the output fields of searches and actions: the fields of an object without an event, and its
 * custom fields. They are functions because core copies static output fields with the whole definition on each call.
 */
export const ownOutputFieldFunctions = (
  object: TutorCruncherObject,
): ((z: ZObject, bundle: Bundle) => Promise<OutputField[]>)[] => [
  () => Promise.resolve([...object.ownOutputFields]),
  ...(object.api?.hasCustomFields ? [(z: ZObject, bundle: Bundle) => customFieldsOrNone(z, bundle, object)] : []),
];
