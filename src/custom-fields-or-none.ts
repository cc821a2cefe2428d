import type { Bundle, ZObject } from 'zapier-platform-core';

import { fetchCustomFields, type CustomField } from './api/records.ts';
import type { RecordWord, TutorCruncherObject } from './tutorcruncher-object.ts';

/**
 * Returns the account's custom fields of an object; none if it has no custom fields. A failure is ignored, because a
 * Zap also works without them.
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
