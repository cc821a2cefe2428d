/**
 * Triggers about one object. Their samples and output fields come from the object's sample delivery. In apps that are
 * built for a relay, they compare each event with the previous one about the same subject.
 */

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import type { JsonObject } from '../wire/json.ts';
import { objectWordOf, OBJECT_NAMES, type ObjectWord } from '../wire/models.ts';
import { SAMPLES } from './built-samples.ts';
import { customFieldsOrNone } from './custom-fields-or-none.ts';
import { areDeletions, deletedSubject } from './deletion.ts';
import type { EventFilter } from './event-filter.ts';
import type { KeptEvent } from './hooks/kept-events.ts';
import type { FilterField } from './input-fields.ts';
import type { Lookup } from './lookup.ts';
import { once } from './once.ts';
import { narrowedSample } from './recent-events.ts';
import { isChangeKey } from './record/change-keys.ts';
import { isEventKey } from './record/event-keys.ts';
import { outputFieldsOf, type OutputField } from './record/output-fields.ts';
import type { Layout } from './record/layout.ts';
import type { FlatRecord } from './record/record.ts';
import { layoutOf } from './record/subject.ts';
import { sampleLocale } from './sample-locale.ts';
import type { SubjectRequirement } from './subject-requirement.ts';
import { makeTrigger, type MakeRecord, type Trigger, type TriggerParts, type TriggerText } from './trigger.ts';
import type { NarrowableTrigger, TriggerKind } from './trigger-kind.ts';
import { asInWebhooks } from './tutorcruncher-object.ts';

/** A trigger for one object. */
export interface ObjectTrigger extends TriggerText, NarrowableTrigger {
  /** Another object that the events may be about, and the function that returns the subject of such an event. */
  readonly alternative?: {
    readonly object: ObjectWord;
    readonly toSubject: (event: TutorCruncherEvent) => JsonObject;
  };
  /** Allowed values of the subject's fields, in lower case. */
  readonly where?: EventFilter['where'];
  /** True to compare balances, which all other triggers ignore. */
  readonly hasBalances?: boolean;
  /** Fields of the sample's subject that differ from those in the object's sample delivery. */
  readonly sample?: JsonObject;
  /**
   * Fields of the sample's subject before the event that differ from those in the object's sample delivery. Null if the
   * events are the first about their subject or do not change it, so that the sample must not show a change.
   */
  readonly earlier?: JsonObject | null;
  /** Choices for which the trigger reads more from TutorCruncher. */
  readonly lookups?: readonly Lookup[];
  /** The state of the subject in test data, if the name of the trigger implies one. */
  readonly requirement?: SubjectRequirement;
}

/** Events that show the fields of a trigger. */
interface SampleEvents {
  /** The event that the trigger shows until a real event arrives, and the previous event if there can be one. */
  readonly shown: KeptEvent;
  /** The same event with a previous event, so that all fields about changes have values. */
  readonly changed: KeptEvent;
}

function sampleEventsOf({ object, actions, sample, earlier = object.earlier }: ObjectTrigger): SampleEvents {
  const [[action, verb] = [object.sample.action, object.sample.verb]] = Object.entries(actions);
  const complete: JsonObject = { ...asInWebhooks(object, object.sample.subject), ...sample };
  const event = {
    ...object.sample,
    action,
    verb,
    extra_msg: action === object.sample.action ? object.sample.extra_msg : '',
    subject: areDeletions(Object.keys(actions)) ? deletedSubject(complete) : complete,
  };
  const previous = { ...event, subject: { ...complete, ...(earlier ?? object.earlier) } };
  const changed = { event, previous, burst: [] };
  return { shown: earlier ? changed : { event, previous: null, burst: [] }, changed };
}

/** Returns the input fields of a trigger about one object. @throws {Error} if it offers statuses that do not exist */
function filterFieldsOf(trigger: ObjectTrigger, kind: TriggerKind): FilterField[] {
  const { key, object, canChooseStatuses } = trigger;
  if (canChooseStatuses && !object.statuses?.length) {
    throw new Error(`The trigger "${key}" offers statuses, but the object "${object.word}" has none.`);
  }
  return kind.filterFieldsOf(trigger);
}

/** Returns the function that converts events to the records of a trigger about one object. */
function makeRecordOf(
  { hasBalances = false }: ObjectTrigger,
  layout: () => Layout,
  subjectIn: (event: TutorCruncherEvent) => JsonObject,
  { makeRecord }: TriggerKind,
): MakeRecord {
  return (kept, locale, { changes = {} }) =>
    makeRecord(kept, changes, { layout: layout(), locale, hasBalances, subjectIn });
}

/** Returns the output fields of an object. The fields about changes precede the fields of the event. */
const withChangeFields = (fields: readonly OutputField[], changed: FlatRecord): OutputField[] => [
  ...fields.filter(({ key }) => !isEventKey(key)),
  ...outputFieldsOf(changed).filter(({ key }) => isChangeKey(key)),
  ...fields.filter(({ key }) => isEventKey(key)),
];

/** Returns the parts of a trigger about one object. */
function partsOf(trigger: ObjectTrigger, kind: TriggerKind): TriggerParts {
  const { isRelayed, recent } = kind;
  const { object, alternative, where, lookups = [], isPayment, requirement = {} } = trigger;
  const actions = Object.keys(trigger.actions);
  const isDeletion = areDeletions(actions);
  const sampleEvents = once(() => sampleEventsOf(trigger));
  // Without the last known subject, the record of a deletion has few fields.
  const isThin = isDeletion && !isRelayed;
  const layout = isThin ? once(() => layoutOf(object.word, sampleEvents().shown.event.subject)) : () => object.layout;
  const filter: EventFilter = {
    actions: { actions },
    object: object.word,
    ...(alternative && { alternative: alternative.object }),
    ...(where && { where }),
    ...(isRelayed && isPayment && { changes: { oncePerPayment: true } }),
  };
  const subjectIn = (event: TutorCruncherEvent): JsonObject =>
    alternative?.object === objectWordOf(event.subject.model) ? alternative.toSubject(event) : event.subject;
  const makeRecord = makeRecordOf(trigger, layout, subjectIn, kind);
  const recordOf = (kept: KeptEvent): FlatRecord => makeRecord(kept, sampleLocale(), filter) ?? {};
  const sample = SAMPLES?.triggers[trigger.key] ?? recordOf(sampleEvents().shown);
  const isListed = object.api !== null && !isDeletion;
  const outputFields = isRelayed
    ? once(() => withChangeFields(object.outputFields, recordOf(sampleEvents().changed)))
    : isDeletion
      ? once(() => outputFieldsOf(sample))
      : () => object.outputFields;
  return {
    noun: OBJECT_NAMES[object.word],
    filter,
    filterFields: filterFieldsOf(trigger, kind),
    lookups,
    subjectIn,
    sampleEvent: () => sampleEvents().shown.event,
    requirement,
    sample,
    isDeletion,
    outputFields,
    accountFields: !isThin && object.api?.hasCustomFields ? [(z, bundle) => customFieldsOrNone(z, bundle, object)] : [],
    makeRecord,
    recentEvents: async (z, bundle, narrowed) => {
      const { event, previous } = sampleEvents().shown;
      const shown = { event: narrowedSample(event, narrowed), previous, burst: [], isSample: true };
      // The sample shows a change, but the changes of a record from the API are unknown.
      if (!recent) return [shown];
      if (!isListed) return null;
      const { action, verb } = event;
      const events = await recent.events(z, bundle, object, { action, verb, requirement }, narrowed);
      return events.length > 0 ? events.map((one) => ({ event: one, previous: null, burst: [] })) : [shown];
    },
  };
}

/** Defines a trigger about one object. */
export const objectTrigger = (trigger: ObjectTrigger): Trigger =>
  makeTrigger(trigger, (kind) => partsOf(trigger, kind));
