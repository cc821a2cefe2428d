/**
 * Triggers whose events come from a relay, together with the previous event about the same subject. They compare the
 * two events.
 */

import {
  ADDED_LABEL_FIELD,
  changedFieldsField,
  EARLIER_STAGES_FIELD,
  earlierStatusesField,
  KEEP_ALL_EVENTS_FIELD,
  SKIP_UNKNOWN_FIELD,
  STAGES_FIELD,
} from './change-inputs.ts';
import { areLabelAdditions, comparedRecord } from './compared-record.ts';
import { LABEL_FIELD, statusesField, type FilterField } from './input-fields.ts';
import type { NarrowableTrigger, TriggerKind } from './trigger-kind.ts';

function filterFieldsOf(trigger: NarrowableTrigger): FilterField[] {
  const { object, canChooseStatuses, canChooseLabel, canChooseStages, canChooseChangedFields, isPayment } = trigger;
  const { statuses = [] } = object;
  const addsLabel = areLabelAdditions(Object.keys(trigger.actions));
  const changes = [
    ...(canChooseStatuses ? [earlierStatusesField(statuses)] : []),
    ...(canChooseStages ? [EARLIER_STAGES_FIELD, STAGES_FIELD] : []),
    ...(canChooseChangedFields ? [changedFieldsField(object)] : []),
  ];
  const status = canChooseStatuses ? [statusesField(statuses)] : [];
  const label = canChooseLabel ? [addsLabel ? ADDED_LABEL_FIELD : LABEL_FIELD] : [];
  const unknown = changes.length > 0 || addsLabel ? [SKIP_UNKNOWN_FIELD] : [];
  return [...status, ...changes, ...label, ...unknown, ...(isPayment ? [KEEP_ALL_EVENTS_FIELD] : [])];
}

export const RELAYED_KIND: TriggerKind = {
  isRelayed: true,
  filterFieldsOf,
  makeRecord: comparedRecord,
  recent: null,
};
