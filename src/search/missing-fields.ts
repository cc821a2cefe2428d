/** The error for rows and records that lack a field that a search compares. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { unexpectedResponse } from '../api/client.ts';
import { labelOf } from '../record/field-labels.ts';
import { slug, translate } from '../record/product-words.ts';
import type { StepRun } from '../api/step-run.ts';

/**
 * Returns true if a record contains a field, even an empty one. In the older shape of a record, `user` can contain the
 * field.
 */
const hasField = (record: JsonObject, name: string): boolean =>
  record[name] !== undefined || (isJsonObject(record.user) && record.user[name] !== undefined);

/**
 * Returns a comparison that throws if a record lacks a field that has a criterion. Without the error, the record would
 * be treated as a record that does not match.
 *
 * @param criteria - the criterion of each field, by the name of the field; null for a field without a criterion, true
 *   for a field by which records are sorted
 */
export const comparing =
  (run: StepRun, criteria: Readonly<Record<string, unknown>>, compare: (record: JsonObject) => boolean) =>
  (record: JsonObject): boolean => {
    const missing = Object.keys(criteria).find((name) => criteria[name] !== null && !hasField(record, name));
    if (missing === undefined) return compare(record);
    throw unexpectedResponse(run.z, `"${labelOf(translate(slug(missing)))}" in a record that this step compares`);
  };
