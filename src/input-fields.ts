/**
 * What a person who builds a Zap may choose, so that it doesn't run for nothing: statuses, a label, or, for New Event,
 * the events. Dropdowns of the account's own data are filled by hidden triggers.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { EventFilter } from './event-filter.ts';
import { labelOf } from './record/output-fields.ts';
import { fetchActionTypes, fetchLabels } from './api/client.ts';
import { slug } from './record/field-rules.ts';

/** An input field as Zapier takes it. */
export interface InputField {
  readonly key: string;
  readonly label: string;
  readonly helpText: string;
  readonly type: 'string';
  readonly required: false;
  readonly list?: true;
  readonly choices?: Record<string, string>;
  readonly dynamic?: string;
}

/**
 * The field for the statuses to wait for.
 *
 * @param statuses - TutorCruncher's statuses of the object, as it spells them
 */
export const statusesField = (statuses: readonly string[]): InputField => ({
  key: 'statuses',
  label: 'New Statuses',
  helpText: 'Only trigger on a change to one of these. Leave it empty for every change.',
  type: 'string',
  required: false,
  list: true,
  choices: Object.fromEntries(statuses.map((status) => [status, labelOf(slug(status))])),
});

/** The field for a label that the record must have. */
export const LABEL_FIELD: InputField = {
  key: 'label',
  label: 'Label',
  helpText:
    'Only trigger when the record now has this label. TutorCruncher does not say which label was added, only which ' +
    'labels the record has afterwards. Leave it empty for every record.',
  type: 'string',
  required: false,
  dynamic: 'label_list.id.name',
};

/** The field for the actions that New Event waits for. */
export const ACTIONS_FIELD: InputField = {
  key: 'actions',
  label: 'Events',
  helpText:
    'Only trigger on these. Leave it empty for everything but the two about safeguarding and wellbeing concerns, ' +
    'which you would have to choose here.',
  type: 'string',
  required: false,
  list: true,
  dynamic: 'action_list.id.name',
};

/** What was chosen in a field, one or several; nothing and empty texts are no choice. */
export function chosen(bundle: Pick<Bundle, 'inputData'>, field: InputField): string[] {
  const value: unknown = (bundle.inputData as Record<string, unknown> | undefined)?.[field.key];
  return (Array.isArray(value) ? (value as unknown[]) : [value])
    .filter((entry) => typeof entry === 'string' || typeof entry === 'number')
    .map((entry) => String(entry).trim())
    .filter((entry) => entry !== '');
}

/** A trigger's filter, narrowed by what was chosen in its fields. */
export function narrowed(filter: EventFilter, fields: readonly InputField[], bundle: Bundle): EventFilter {
  let narrower = filter;
  for (const field of fields) {
    const choices = chosen(bundle, field);
    if (choices.length === 0) continue;
    if (field.key === LABEL_FIELD.key) {
      narrower = { ...narrower, label: choices[0] ?? null };
    } else if (field.key === ACTIONS_FIELD.key) {
      // What was chosen by hand is wanted, whatever is left out otherwise.
      narrower = { ...narrower, actions: { actions: choices } };
    } else {
      narrower = { ...narrower, where: { ...narrower.where, status: choices.map((status) => status.toLowerCase()) } };
    }
  }
  return narrower;
}

/** The hidden trigger that fills the dropdown of labels, a page at a time. */
const labelList = {
  key: 'label_list',
  noun: 'Label',
  display: { label: 'Label List', description: 'Triggers when the dropdown of labels is opened.', hidden: true },
  operation: {
    type: 'polling' as const,
    canPaginate: true,
    // Zapier counts pages from 0, and leaves the count out where there is only one.
    perform: (z: ZObject, bundle: { readonly meta?: { readonly page?: number } }) =>
      fetchLabels(z, bundle.meta?.page ?? 0),
    sample: { id: '21', name: 'Weekend' },
    outputFields: [
      { key: 'id', label: 'Label ID', type: 'string' as const },
      { key: 'name', label: 'Label Name', type: 'string' as const },
    ],
  },
};

/** The hidden trigger that fills the dropdown of events. */
const actionList = {
  key: 'action_list',
  noun: 'Event',
  display: { label: 'Event List', description: 'Triggers when the dropdown of events is opened.', hidden: true },
  operation: {
    type: 'polling' as const,
    perform: async (z: ZObject, bundle: Bundle) => {
      const actionTypes = await fetchActionTypes(z, bundle);
      return actionTypes.map(({ key, verb, subjects }) => ({ id: key, name: `${verb} (${subjects.join(', ')})` }));
    },
    sample: { id: 'MARKED_AN_APPOINTMENT_AS_COMPLETE', name: 'Marked a Lesson as complete (Lesson)' },
    outputFields: [
      { key: 'id', label: 'Event ID', type: 'string' as const },
      { key: 'name', label: 'Event Name', type: 'string' as const },
    ],
  },
};

/** The hidden triggers by key. */
export const dropdownTriggers = { label_list: labelList, action_list: actionList };
