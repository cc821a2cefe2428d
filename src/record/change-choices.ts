/**
 * Choices of fields for a trigger that waits for a change. People think of a name, an address or a manager as one
 * thing, so the parts of a name, of an address or of a nested record are a single choice.
 */

import type { JsonObject } from '../../wire/json.ts';
import { addressPartKeys } from './address.ts';
import { comparableFields } from './changes.ts';
import { labelOf } from './field-labels.ts';
import type { Layout } from './layout.ts';

/** A choice, which stands for at least one field. */
export interface ChangeChoice {
  readonly key: string;
  readonly label: string;
  /** The keys of the choice's fields in a list of changed fields. */
  readonly fields: readonly string[];
  /** The key of the id that identifies a nested record; null for any other choice. */
  readonly identity: string | null;
}

/** The time of creation, which never changes. */
const CREATION_TIME = /_(?:date_|dt_)?created$/;

/** Returns the choice for one field, including a field that is no longer offered as a separate choice. */
export const choiceOfField = (key: string): ChangeChoice => ({
  key,
  label: labelOf(key),
  fields: [key],
  identity: null,
});

/** Returns the key of the choice to which a field of the object itself belongs. */
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
