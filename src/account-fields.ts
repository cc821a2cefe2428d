import type { Bundle, ZObject } from 'zapier-platform-core';

import { fetchCustomFields, type CustomField } from './api/records.ts';
import type { OutputField } from './record/output-fields.ts';
import type { RecordWord, TutorCruncherObject } from './tutorcruncher-object.ts';

/** Returns the account's custom fields of an object; none if it has none, or if they cannot be read. */
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

/** Output fields of searches and actions. Functions, because core copies static fields on each call. */
export const ownOutputFieldFunctions = (
  object: TutorCruncherObject,
): ((z: ZObject, bundle: Bundle) => Promise<OutputField[]>)[] => [
  () => Promise.resolve([...object.ownOutputFields]),
  ...(object.api?.hasCustomFields ? [(z: ZObject, bundle: Bundle) => customFieldsOrNone(z, bundle, object)] : []),
];
