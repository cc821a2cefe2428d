/** The input field Time Zone of triggers. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { branchFactsOrNone } from '../api/branch.ts';
import type { InputField } from '../choices/filter-fields.ts';
import { typedTimeZone } from './time-zone-names.ts';

/** The field without a default. */
export const TIME_ZONE_FIELD: InputField = {
  key: 'time_zone',
  label: 'Time Zone',
  helpText:
    'The time zone of the dates and times that are written out, such as Wed 10 Jun 2026, 17:00. Enter a name such as ' +
    '`Europe/London` or `America/New_York`. Leave empty to use the time zone of your branch, which all other steps use.',
  type: 'string',
  required: false,
};

/**
 * Returns the field with the branch's time zone as its default value; without a default value if the branch cannot be
 * read.
 */
export async function timeZoneField(z: ZObject, bundle: Bundle): Promise<InputField[]> {
  const { timezone: name } = await branchFactsOrNone(z, bundle);
  return [name !== null && typedTimeZone(name) ? { ...TIME_ZONE_FIELD, default: name } : TIME_ZONE_FIELD];
}
