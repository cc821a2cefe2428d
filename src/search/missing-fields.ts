/** The refusal of rows and records that lack a field with which a search compares them. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { unexpectedResponse } from '../api/client.ts';
import { labelOf } from '../record/field-labels.ts';
import { slug, translate } from '../record/product-words.ts';
import type { StepRun } from '../api/step-run.ts';

/** Returns true if a record, or its `user` in the older shape, has a field, even an empty one. */
const hasField = (record: JsonObject, name: string): boolean =>
  record[name] !== undefined || (isJsonObject(record.user) && record.user[name] !== undefined);

/**
 * Returns a comparison that fails for a record that lacks a field with a criterion. Otherwise, such a record would
 * count as a record that does not match.
 *
 * @param criteria - each criterion by the field with which it is compared; null for no criterion, true for a field by
 * which records are sorted
 */
export const comparing =
  (run: StepRun, criteria: Readonly<Record<string, unknown>>, compare: (record: JsonObject) => boolean) =>
  (record: JsonObject): boolean => {
    const missing = Object.keys(criteria).find((name) => criteria[name] !== null && !hasField(record, name));
    if (missing === undefined) return compare(record);
    throw unexpectedResponse(run.z, `"${labelOf(translate(slug(missing)))}" in a record that this step compares`);
  };
