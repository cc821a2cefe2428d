/** The input Only When Changed and its condition, for apps that are built for a relay. */

import { customFieldsOrNone } from '../object/account-fields.ts';
import { withChangeCondition, type ChangeConditions } from '../choices/event-filter.ts';
import { filterField, valuesChosenIn, type FilterField } from '../choices/filter-fields.ts';
import { once } from '../once.ts';
import { changeChoices, choiceOfField, type ChangeChoice } from '../record/change-choices.ts';
import type { Comparison } from '../record/changes.ts';
import { labelOf } from '../record/field-labels.ts';
import { asInWebhooks, type TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/**
 * Returns true if a field of a choice has changed; null if no field is known to have changed and some fields cannot be
 * compared. A nested record with the same id has not changed, even if only one state contains its other fields.
 */
function hasChanged(choices: readonly ChangeChoice[], { changedKeys, uncomparedKeys }: Comparison): boolean | null {
  if (choices.some(({ fields }) => fields.some((key) => changedKeys.has(key)))) return true;
  const unknown = uncomparedKeys();
  const isUnknown = ({ fields, identity }: ChangeChoice): boolean =>
    identity === null ? fields.some((key) => unknown.has(key)) : unknown.has(identity);
  return choices.some(isUnknown) ? null : false;
}

/** Returns the conditions of a trigger that runs only if at least one of the fields is known to have changed. */
export const knownChangeOf = (keys: readonly string[]): ChangeConditions => ({
  condition: (comparison) => hasChanged(keys.map(choiceOfField), comparison),
  skipsUnknown: true,
});

const FIELDS_FIELD = filterField(
  'only_when_changed',
  'Only When Changed',
  'Only trigger if at least one of these fields has changed since the previous event about the same record. Leave empty to ' +
    'trigger on every update. TutorCruncher does not send an event for every change, so a change can show up with a later ' +
    'event. A change within an entry of a list, such as the rate of one student, does not count.',
  { list: true },
);

/**
 * Returns the input for choosing fields. A Zap with chosen fields runs only if at least one of these fields has
 * changed, or if it is unknown whether one has changed.
 */
export function changedFieldsField(object: TutorCruncherObject): FilterField {
  const choices = once(() => changeChoices(asInWebhooks(object, object.sample.subject), object.layout));
  const choiceOf = (key: string): ChangeChoice => choices().find((choice) => choice.key === key) ?? choiceOfField(key);
  const field: FilterField = {
    field: FIELDS_FIELD,
    fieldFor: async (z, bundle) => {
      const customFields = await customFieldsOrNone(z, bundle, object);
      const offered = new Map([...choices(), ...customFields].map(({ key, label }) => [key, label]));
      // An older Zap can contain choices that are no longer offered, such as the last name without the first name.
      for (const key of valuesChosenIn(field, bundle)) if (!offered.has(key)) offered.set(key, labelOf(key));
      return [{ ...FIELDS_FIELD, choices: Object.fromEntries(offered) }];
    },
    narrow: (filter, keys) => {
      const chosen = keys.map(choiceOf);
      return withChangeCondition(filter, (comparison) => hasChanged(chosen, comparison));
    },
  };
  return field;
}
