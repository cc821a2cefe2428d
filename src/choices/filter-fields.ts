/** Input fields that narrow a trigger: statuses, a label or, for New Event, actions. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { inputDataOf } from '../api/bundle.ts';
import { labelCondition, statusCondition, withChosen, type EventFilter } from './event-filter.ts';
import { labelOf } from '../record/field-labels.ts';
import { slug } from '../record/product-words.ts';

/** An input field of a step as Zapier defines it. */
export interface InputField {
  readonly key: string;
  readonly label: string;
  /**
   * The type of the value. Date and number types are left out, because Zapier converts their values before a step runs:
   * 1,250.50 would arrive as 1, and "about 40" as 40. `src/inputs/date-time.ts` converts dates instead.
   */
  readonly type: 'string' | 'text' | 'boolean';
  readonly required?: boolean;
  readonly helpText?: string;
  readonly list?: boolean;
  /** True if the field accepts an object of named values. */
  readonly dict?: boolean;
  readonly choices?: Record<string, string>;
  /** The hidden trigger that fills the dropdown, as `trigger.id.name`. */
  readonly dynamic?: string;
  /** The search that Zapier offers beside the dropdown, as `search.id`. */
  readonly search?: string;
  readonly group?: string;
  /** The value that the editor fills in. A step treats an empty field like this default value. */
  readonly default?: string;
  readonly altersDynamicFields?: boolean;
}

/** Returns an input field for text or for choices. */
export const filterField = (
  key: string,
  label: string,
  helpText: string,
  field: Partial<InputField> = {},
): InputField => ({ key, label, helpText, type: 'string', ...field });

/** An input field that narrows a filter. */
export interface FilterField {
  readonly field: InputField;
  /** Returns the field with the account's choices; missing if all accounts have the same choices. */
  readonly fieldFor?: (z: ZObject, bundle: Bundle) => Promise<InputField[]>;
  /**
   * Returns the filter with the condition that the choices describe.
   *
   * @param choices - the chosen values, at least one
   */
  readonly narrow: (filter: EventFilter, choices: readonly string[]) => EventFilter;
}

/** Returns the labels of statuses, by TutorCruncher's spelling of each status. */
export const statusChoices = (statuses: readonly string[]): Record<string, string> =>
  Object.fromEntries(statuses.map((status) => [status, labelOf(slug(status))]));

/** Returns the help text about events that lack the field. @param noun - the word for the field's value */
export const readsRecordFor = (noun: string): string =>
  `If an event does not contain the ${noun}, the trigger reads the record from TutorCruncher, which takes one request, and ` +
  `the ${noun} at that time decides.`;

const STATUSES_LABEL = 'New Statuses';

/** Returns the field for choosing statuses. @param statuses - the object's statuses, as TutorCruncher spells them */
export const statusesField = (statuses: readonly string[]): FilterField => ({
  field: filterField(
    'statuses',
    STATUSES_LABEL,
    `Only trigger when the status changes to one of these. Leave empty to trigger on every change. ${readsRecordFor('status')}`,
    { list: true, choices: statusChoices(statuses) },
  ),
  narrow: (filter, choices) => {
    const chosen = choices.map((status) => status.toLowerCase());
    return withChosen(filter, statusCondition(STATUSES_LABEL, chosen), { statuses: chosen });
  },
});

const LABEL_LABEL = 'Label';

/** The last sentence of the help text of each label field. */
export const LABELS_ARE_READ =
  'If an event contains no labels, the trigger reads the record from TutorCruncher, which takes one request, and the labels ' +
  'at that time decide.';

/** The field for choosing a label. */
export const LABEL_FIELD: FilterField = {
  field: filterField(
    'label',
    LABEL_LABEL,
    'Only trigger for records with this label. Leave empty to trigger for all records. A trigger for added labels also ' +
      'runs when a record that already has this label gets another label, because TutorCruncher does not say which label ' +
      `was added. ${LABELS_ARE_READ}`,
    { dynamic: 'label_list.id.name' },
  ),
  narrow: (filter, [label = '']) => withChosen(filter, labelCondition(LABEL_LABEL, label), { label }),
};

/** The field for choosing the actions of New Event. */
export const ACTIONS_FIELD: FilterField = {
  field: filterField(
    'actions',
    'Events',
    'Only trigger on these events. The list groups the events by the records that they are about. To search it, type words of ' +
      "TutorCruncher's pages, such as card. Leave empty to trigger on all events, except those about safeguarding " +
      'and wellbeing concerns, which trigger only if you choose them here. If all chosen events are about the same kind of ' +
      'record, such as lessons, the next steps of the Zap show the fields of that record by name.',
    { list: true, dynamic: 'action_list.id.name' },
  ),
  // A choice of actions replaces the default exclusions.
  narrow: (filter, actions) => ({ ...filter, actions: { actions }, exceptAbout: [] }),
};

/**
 * Returns the field for choosing some of the trigger's own actions.
 *
 * @param actions - the text of each action by its key
 */
export const ownActionsField = (actions: Readonly<Record<string, string>>): FilterField => ({
  field: filterField(
    ACTIONS_FIELD.field.key,
    ACTIONS_FIELD.field.label,
    'Only trigger on these events. Leave empty to trigger on all of them.',
    { list: true, choices: { ...actions } },
  ),
  narrow: (filter, choices) => ({
    ...filter,
    actions: { actions: choices.filter((key) => Object.hasOwn(actions, key)) },
  }),
});

/** Returns the values that are chosen in a field, as text, without empty values. */
export function valuesChosenIn({ field }: Pick<FilterField, 'field'>, bundle: Pick<Bundle, 'inputData'>): string[] {
  const value = inputDataOf(bundle)[field.key];
  if (value === undefined) return [];
  return (Array.isArray(value) ? (value as unknown[]) : [value])
    .filter((entry) => typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean')
    .map((entry) => String(entry).trim())
    .filter((entry) => entry !== '');
}

/**
 * Returns true if the value of a boolean field means yes. The value can be text, because it can come from another step.
 */
export const isYes = (value: string): boolean => /^(?:true|yes|1|on)$/i.test(value);

/** Narrows a trigger's filter by the choices in the trigger's fields. */
export const narrowFilter = (filter: EventFilter, fields: readonly FilterField[], bundle: Bundle): EventFilter =>
  fields.reduce((narrowed, field) => {
    const choices = valuesChosenIn(field, bundle);
    return choices.length > 0 ? field.narrow(narrowed, choices) : narrowed;
  }, filter);
