/**
 * Choices of fields for a trigger that waits for a change. The parts of a name, an address or a nested record (such as
 * a manager) form a single choice, because people regard the parts as one value.
 */

import type { JsonObject } from '../../wire/json.ts';
import { addressPartKeys } from './address.ts';
import { comparableFields } from './changes.ts';
import { labelOf } from './field-labels.ts';
import type { Layout } from './layout.ts';

/** A choice, which covers at least one field. */
export interface ChangeChoice {
  readonly key: string;
  readonly label: string;
  /** The keys of the fields that the choice covers, as they appear in a list of changed fields. */
  readonly fields: readonly string[];
  /** The key of the nested record's id; null for a choice without a nested record. */
  readonly identity: string | null;
}

/** Matches the keys of creation times, which never change. */
const CREATION_TIME = /_(?:date_|dt_)?created$/;

/** Returns the choice for a single field. Older Zaps can name fields that are no longer separate choices. */
export const choiceOfField = (key: string): ChangeChoice => ({
  key,
  label: labelOf(key),
  fields: [key],
  identity: null,
});

/** Returns the key of the choice that covers one of the object's own fields. */
function choiceKeyOf(key: string, prefix: string): string {
  if (key === `${prefix}_first_name` || key === `${prefix}_last_name`) return `${prefix}_name`;
  return addressPartKeys(prefix).includes(key) ? `${prefix}_address` : key;
}

/** Returns the choices for an object, without custom fields. @param fullSubject - a subject with every field */
export function changeChoices(fullSubject: JsonObject, layout: Layout): ChangeChoice[] {
  const { prefix } = layout;
  const comparable = comparableFields(fullSubject, layout);
  const offered = comparable.filter(({ owner, key }) => owner !== null || !CREATION_TIME.test(key));
  const choices = Map.groupBy(offered, ({ owner, key }) => owner ?? choiceKeyOf(key, prefix));
  return Array.from(choices, ([key, group]) => {
    const fields = group.map((field) => field.key);
    const id = `${key}_id`;
    return { key, label: labelOf(key), fields, identity: fields.includes(id) ? id : null };
  });
}
