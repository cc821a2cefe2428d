/** Output fields for the account's custom fields. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { cached } from '../api/cache.ts';
import { fetchNewest } from './newest-records.ts';
import { customFieldsOf, entriesOfAll } from '../record/custom-fields.ts';
import { labelOf } from '../record/field-labels.ts';
import { asSentLabel, typeOf, type OutputField } from '../record/output-fields.ts';
import type { RecordWord, TutorCruncherObject } from './tutorcruncher-object.ts';

/**
 * Number of newest records from which custom fields are collected. Each record takes one request, and the requests run
 * in parallel.
 */
export const RECORDS_WITH_CUSTOM_FIELDS = 5;

/**
 * Returns the account's custom fields of an object; an empty list if the custom fields cannot be read. Caches the
 * custom fields, but not a failure.
 */
export async function customFieldsOrNone(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject<RecordWord>,
): Promise<OutputField[]> {
  if (!object.api?.hasCustomFields) return [];
  const fetched = cached(z, bundle, `custom_fields_${object.word}`, async () => {
    const newest = await fetchNewest(z, bundle, object, { limit: RECORDS_WITH_CUSTOM_FIELDS });
    const fields = customFieldsOf(entriesOfAll(newest), object.word);
    return fields.flatMap(({ key, name, type, value, textKey }): OutputField[] => {
      const label = name ?? labelOf(key);
      if (textKey !== null) {
        return [
          { key: textKey, label, type: 'string' },
          { key, label: asSentLabel(label), type: 'string' },
        ];
      }
      // A date without a time has the type text, because Zapier could shift a date-time to the previous day.
      return [{ key, label, type: value === null && /^date ?time$/i.test(type ?? '') ? 'datetime' : typeOf(value) }];
    });
  });
  return fetched.catch(() => []);
}

/** A function that computes output fields that depend on the account. */
export type OutputFieldFunction = (z: ZObject, bundle: Bundle) => Promise<OutputField[]>;

/**
 * Returns a list with the function for an object's custom fields; an empty list if objects of this kind cannot have
 * custom fields.
 */
export const customFieldFunctions = (object: TutorCruncherObject<RecordWord>): OutputFieldFunction[] =>
  object.api?.hasCustomFields ? [(z, bundle) => customFieldsOrNone(z, bundle, object)] : [];

/** Returns the functions for the output fields of a search or an action. Core would copy static fields on each call. */
export const ownOutputFieldFunctions = (object: TutorCruncherObject): OutputFieldFunction[] => [
  () => Promise.resolve([...object.ownOutputFields]),
  ...customFieldFunctions(object),
];
