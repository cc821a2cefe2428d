/**
 * Input fields that narrow a trigger to certain changes. These fields exist only in apps that are built for a relay.
 */

import { toScalar } from '../../wire/json.ts';
import { customFieldsOrNone } from '../object/account-fields.ts';
import {
  stageCondition,
  stageIdOf,
  withChosen,
  type ChangeConditions,
  type EventFilter,
} from '../choices/event-filter.ts';
import {
  valuesChosenIn,
  filterField,
  isYes,
  LABEL_FIELD,
  LABELS_ARE_READ,
  readsRecordFor,
  statusChoices,
  type FilterField,
} from '../choices/filter-fields.ts';
import { once } from '../once.ts';
import { changeChoices, choiceOfField, type ChangeChoice } from '../record/change-choices.ts';
import type { Comparison } from '../record/changes.ts';
import { labelOf } from '../record/labels.ts';
import { asInWebhooks, type TutorCruncherObject } from '../object/tutorcruncher-object.ts';

const withConditions = (filter: EventFilter, conditions: ChangeConditions): EventFilter => ({
  ...filter,
  changes: { ...filter.changes, ...conditions },
});

/** Adds a condition to a filter. An event must meet all conditions of a filter. */
function withCondition(filter: EventFilter, condition: NonNullable<ChangeConditions['condition']>): EventFilter {
  const earlierCondition = filter.changes?.condition ?? (() => true);
  return withConditions(filter, {
    condition: (...change) => {
      const verdicts = [earlierCondition(...change), condition(...change)];
      if (verdicts.includes(false)) return false;
      return verdicts.includes(null) ? null : true;
    },
  });
}

const isAmong = (allowed: readonly string[], value: unknown): boolean | null =>
  value === undefined ? null : allowed.includes(String(toScalar(value)).toLowerCase());

/**
 * Checks that a field has changed. A nested record with the same id is unchanged, even if only one state has its
 * fields.
 */
function hasChanged(choices: readonly ChangeChoice[], { changedKeys, uncomparedKeys }: Comparison): boolean | null {
  if (choices.some(({ fields }) => fields.some((key) => changedKeys.has(key)))) return true;
  const unknown = uncomparedKeys();
  const isUnknown = ({ fields, identity }: ChangeChoice): boolean =>
    identity === null ? fields.some((key) => unknown.has(key)) : unknown.has(identity);
  return choices.some(isUnknown) ? null : false;
}

/** Returns the conditions of a trigger that runs only if at least one of these fields is known to have changed. */
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

/** Returns the input for choosing fields, at least one of which must have changed. */
export function changedFieldsField(object: TutorCruncherObject): FilterField {
  const choices = once(() => changeChoices(asInWebhooks(object, object.sample.subject), object.layout));
  const choiceOf = (key: string): ChangeChoice => choices().find((choice) => choice.key === key) ?? choiceOfField(key);
  const field: FilterField = {
    field: FIELDS_FIELD,
    fieldFor: async (z, bundle) => {
      const customFields = await customFieldsOrNone(z, bundle, object);
      const offered = new Map([...choices(), ...customFields].map(({ key, label }) => [key, label]));
      // A Zap may contain choices that are no longer offered, such as the last name alone.
      for (const key of valuesChosenIn(field, bundle)) if (!offered.has(key)) offered.set(key, labelOf(key));
      return [{ ...FIELDS_FIELD, choices: Object.fromEntries(offered) }];
    },
    narrow: (filter, keys) => {
      const chosen = keys.map(choiceOf);
      return withCondition(filter, (comparison) => hasChanged(chosen, comparison));
    },
  };
  return field;
}

/** Returns the field for choosing previous statuses, as TutorCruncher spells them. */
export const earlierStatusesField = (statuses: readonly string[]): FilterField => ({
  field: filterField(
    'from_statuses',
    'Previous Statuses',
    'Only trigger if the record had one of these statuses in the previous event about it. Leave empty to trigger whatever ' +
      'the previous status was.',
    { list: true, choices: statusChoices(statuses) },
  ),
  narrow: (filter, choices) => {
    const statuses = choices.map((status) => status.toLowerCase());
    return withCondition(filter, (_comparison, earlier) => isAmong(statuses, earlier.status));
  },
});

/** The field for choosing previous pipeline stages. */
export const EARLIER_STAGES_FIELD: FilterField = {
  field: filterField(
    'from_stages',
    'Previous Pipeline Stages',
    'Only trigger if the client was in one of these pipeline stages in the previous event about the client. Leave empty to ' +
      'trigger whatever the previous stage was.',
    { list: true, dynamic: 'pipeline_stage_list.id.name' },
  ),
  narrow: (filter, stages) =>
    withCondition(filter, (_comparison, earlier) => isAmong(stages, stageIdOf(earlier.pipeline_stage))),
};

const STAGES_LABEL = 'New Pipeline Stages';

/** The field for choosing new pipeline stages. */
export const STAGES_FIELD: FilterField = {
  field: filterField(
    'to_stages',
    STAGES_LABEL,
    'Only trigger when the client moves to one of these pipeline stages. Leave empty to trigger on every move. ' +
      readsRecordFor('stage'),
    { list: true, dynamic: 'pipeline_stage_list.id.name' },
  ),
  // The other condition checks the new stage, so any change of the stage meets this condition.
  narrow: (filter, stages) => withCondition(withChosen(filter, stageCondition(STAGES_LABEL, stages)), () => true),
};

/** The field for choosing the added label. It has the same key as in apps without a relay. */
export const ADDED_LABEL_FIELD: FilterField = {
  field: {
    ...LABEL_FIELD.field,
    helpText:
      'Only trigger when this label is added. Leave empty to trigger on every added label. TutorCruncher does not say which ' +
      'label was added, so the labels are compared with those in the previous event about the same record. ' +
      LABELS_ARE_READ,
  },
  narrow: (filter, choices) => {
    const [label] = choices;
    return withCondition(
      LABEL_FIELD.narrow(filter, choices),
      ({ addedLabels }) => addedLabels?.some(({ id }) => String(id) === label) ?? null,
    );
  },
};

/** The field that includes all events about one payment. */
export const KEEP_ALL_EVENTS_FIELD: FilterField = {
  field: {
    key: 'keep_all_events',
    label: 'Keep All Events',
    helpText:
      'TutorCruncher can send several events for one payment. The Zap runs for the first of them that arrives, if all happen ' +
      'within five seconds and show that the record is paid. Choose true to run for each event.',
    type: 'boolean',
  },
  narrow: (filter, [answer = '']) => withConditions(filter, { oncePerPayment: !isYes(answer) }),
};

/** The field that excludes events whose changes are unknown. */
export const SKIP_UNKNOWN_FIELD: FilterField = {
  field: {
    key: 'skip_when_unknown',
    label: 'Skip When Changes Are Unknown',
    helpText:
      'Changes are unknown if there is no previous event to compare with, as for the first event about a record. They are ' +
      'also unknown if only one of the two events contains the fields that you have chosen. Choose true to skip such ' +
      'events. Otherwise, they trigger regardless of the choices about changes, and **Changes Known** is false. Choices ' +
      'about a change are the previous statuses and stages, the changed fields, and whether a label was added just now. ' +
      'The record in TutorCruncher decides all other choices, so that they are never unknown.',
    type: 'boolean',
  },
  narrow: (filter, [answer = '']) => withConditions(filter, { skipsUnknown: isYes(answer) }),
};
