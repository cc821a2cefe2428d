/**
 * Input fields that narrow a trigger to certain changes, for apps that are built for a relay. `only-when-changed.ts`
 * defines the input that lists the fields to watch for changes.
 */

import { toScalar } from '../../wire/json.ts';
import { stageCondition, stageIdOf, withChangeCondition, withChanges, withChosen } from '../choices/event-filter.ts';
import {
  filterField,
  isYes,
  LABEL_FIELD,
  LABELS_ARE_READ,
  readsRecordFor,
  statusChoices,
  type FilterField,
} from '../choices/filter-fields.ts';

const isAmong = (allowed: readonly string[], value: unknown): boolean | null =>
  value === undefined ? null : allowed.includes(String(toScalar(value)).toLowerCase());

/** Returns the field for choosing previous statuses. @param statuses - statuses as TutorCruncher spells them */
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
    return withChangeCondition(filter, (_comparison, earlier) => isAmong(statuses, earlier.status));
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
    withChangeCondition(filter, (_comparison, earlier) => isAmong(stages, stageIdOf(earlier.pipeline_stage))),
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
  // The condition on the new stage is checked separately, so the condition on the change accepts every change.
  narrow: (filter, stages) => withChangeCondition(withChosen(filter, stageCondition(STAGES_LABEL, stages)), () => true),
};

/**
 * The field for choosing the added label. The field has the same key as {@link LABEL_FIELD}, which apps without a relay
 * use.
 */
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
    return withChangeCondition(
      LABEL_FIELD.narrow(filter, choices),
      ({ addedLabels }) => addedLabels?.some(({ id }) => String(id) === label) ?? null,
    );
  },
};

/** The field for running on every event for a payment, not just on the first event. */
export const KEEP_ALL_EVENTS_FIELD: FilterField = {
  field: {
    key: 'keep_all_events',
    label: 'Keep All Events',
    helpText:
      'TutorCruncher can send several events for one payment. The Zap runs for the first of them that arrives, if all happen ' +
      'within five seconds and show that the record is paid. Choose true to run for each event.',
    type: 'boolean',
  },
  narrow: (filter, [answer = '']) => withChanges(filter, { oncePerPayment: !isYes(answer) }),
};

/** The field for skipping events whose changes are unknown. */
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
  narrow: (filter, [answer = '']) => withChanges(filter, { skipsUnknown: isYes(answer) }),
};
