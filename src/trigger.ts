/**
 * The factory of all triggers. All triggers verify the signature of the raw body, read the delivery, keep the events of
 * their actions and their object, and flatten each kept event into a record. A trigger's sample and output fields come
 * from its object's sample delivery through the same code. Triggers differ in key, label, description, actions and
 * object, in a condition on the subject (an invoice must be paid), in the choices that narrow them (statuses, a label,
 * actions), and in whether their subject is deleted (few fields) or may be any object (New Event).
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import type { JsonObject } from '../wire/json.ts';
import { objectWordOf, OBJECT_NAMES, type ObjectWord } from '../wire/models.ts';
import { BUILT_SAMPLES } from './built-samples.ts';
import { customFieldsOrNone } from './custom-fields-or-none.ts';
import { definitionSample } from './definition-sample.ts';
import { areDeletions, deletedSubject } from './deletion.ts';
import type { EventFilter } from './event-filter.ts';
import { hookFor, type ReceivedDelivery } from './hooks/hook.ts';
import { keptEvents } from './hooks/kept-events.ts';
import { refusalMessage, refusedRequest } from './hooks/refusal-messages.ts';
import { LABEL_FIELD, narrowFilter, statusesField, type FilterField, type InputField } from './input-fields.ts';
import { once } from './once.ts';
import { privateKeyOf } from './private-key.ts';
import { asInWebhooks, narrowedSample, recentEvents } from './recent-events.ts';
import { isEventKey } from './record/event-keys.ts';
import { flattenEvent } from './record/event.ts';
import { outputFieldsOf, type OutputField } from './record/output-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { layoutOf } from './record/subject.ts';
import type { TimeZone } from './record/time-zone.ts';
import { sampleTimeZone } from './sample-time-zone.ts';
import { sha256 } from './sha256.ts';
import { subjectRequirementOf, type SubjectRequirement } from './subject-requirements.ts';
import { TIME_ZONE_FIELD, timeZoneField, timeZoneOf } from './time-zone-field.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The texts that present a trigger in Zapier. */
export interface TriggerText {
  readonly key: string;
  readonly label: string;
  readonly description: string;
}

/** A trigger about one object. */
export interface ObjectTrigger extends TriggerText {
  readonly object: TutorCruncherObject;
  /** Its action keys, each with the text that TutorCruncher sends as `verb`. The sample shows the first action. */
  readonly actions: Readonly<Record<string, string>>;
  /** Another object that TutorCruncher may send the events about, and the function that makes the subject from them. */
  readonly alternative?: {
    readonly object: ObjectWord;
    readonly toSubject: (event: TutorCruncherEvent) => JsonObject;
  };
  /** The values allowed for fields of the subject, in lower case. */
  readonly where?: EventFilter['where'];
  /** The builder of a Zap may choose among the object's statuses. */
  readonly canChooseStatuses?: boolean;
  /** The builder of a Zap may choose a label that the record must have. */
  readonly canChooseLabel?: boolean;
  /** Fields of the sample's subject that differ from the object's sample delivery. */
  readonly sample?: JsonObject;
}

/**
 * Makes records from a request that Zapier received.
 *
 * @throws {Error} a HaltedError if the request is refused
 */
export type HookPerform = (z: ZObject, bundle: Bundle) => Promise<FlatRecord[]>;

/** A trigger: its definition for zapier-platform-core, and the parts it was made of. */
export interface Trigger {
  readonly definition: ReturnType<typeof definitionOf>;
  readonly filter: EventFilter;
  /** The event that the sample record shows. */
  readonly sampleEvent: TutorCruncherEvent;
  /** The conditions that its test data meets. Live events need not meet them. */
  readonly requirement: SubjectRequirement;
  /** The input fields that are the same for all accounts: those that narrow the filter, and the time zone. */
  readonly inputFields: readonly InputField[];
  /** The trigger is about deleted objects. */
  readonly isDeletion: boolean;
  /** The output fields that every account has. */
  readonly outputFields: readonly OutputField[];
}

/** Returns output fields that may depend on the account and on the choices in the input fields. */
type OutputFieldFunction = (z: ZObject, bundle: Bundle) => OutputField[] | Promise<OutputField[]>;

/** Makes a record of an event. */
export type Flatten = (event: TutorCruncherEvent, timeZone: TimeZone) => FlatRecord;

/** The parts of a trigger that depend on whether it is about one object or any. */
export interface TriggerParts {
  readonly noun: string;
  readonly filter: EventFilter;
  readonly filterFields: readonly FilterField[];
  /** Returns the event that the sample shows. */
  readonly sampleEvent: () => TutorCruncherEvent;
  readonly sample: FlatRecord;
  readonly isDeletion: boolean;
  /** Returns the output fields that every account has. */
  readonly outputFields: () => readonly OutputField[];
  /** Functions that return all output fields, in the order of the record. */
  readonly outputFieldFunctions: readonly OutputFieldFunction[];
  readonly flatten: Flatten;
  /** Returns at least one event to test a Zap with; null if only the sample can be shown. */
  readonly recentEvents: (z: ZObject, bundle: Bundle, filter: EventFilter) => Promise<TutorCruncherEvent[] | null>;
}

/** Returns the records of a delivery's kept events. Equal events within one delivery become one record. */
function recordsOf(
  z: ZObject,
  bundle: Bundle,
  delivery: ReceivedDelivery,
  filter: EventFilter,
  flatten: Flatten,
): FlatRecord[] {
  const privateKey = privateKeyOf(bundle);
  const kept = keptEvents(delivery, privateKey, filter);
  if ('refusal' in kept) throw refusedRequest(z, refusalMessage(kept.refusal, privateKey));

  const timeZone = timeZoneOf(z, bundle);
  const records = new Map<unknown, FlatRecord>();
  for (const { event } of kept.events) {
    const record = flatten(event, timeZone);
    if (!records.has(record.id)) records.set(record.id, record);
  }
  return [...records.values()];
}

function definitionOf({ key, label, description }: TriggerText, parts: TriggerParts) {
  const { noun, filter, filterFields, sample, flatten, outputFieldFunctions } = parts;
  const filterFor = (bundle: Bundle): EventFilter => narrowFilter(filter, filterFields, bundle);
  const hook = hookFor({ label, filterFields, filterFor });
  const perform: HookPerform = async (z, bundle) =>
    recordsOf(z, bundle, await hook.deliveryIn(z, bundle), filterFor(bundle), flatten);
  return {
    key,
    noun,
    display: { label, description, ...hook.display },
    operation: {
      type: 'hook' as const,
      perform,
      performList: async (z: ZObject, bundle: Bundle): Promise<FlatRecord[]> => {
        const timeZone = timeZoneOf(z, bundle, true);
        const received = await hook.receivedEvents(z, bundle, filterFor(bundle));
        const events =
          received.length > 0
            ? received.map(({ event }) => event)
            : await parts.recentEvents(z, bundle, filterFor(bundle));
        return events ? events.map((event) => flatten(event, timeZone)) : [sample];
      },
      inputFields: [...hook.inputFields, ...filterFields.map(({ field }) => field), timeZoneField],
      sample: definitionSample(sample),
      // Functions, because core copies the whole definition twice per call, and static output fields would be most of it.
      outputFields: [...outputFieldFunctions],
      ...hook.operation,
    },
  };
}

/** Makes a trigger from its texts and parts. */
export function makeTrigger(text: TriggerText, parts: TriggerParts): Trigger {
  const { filter, isDeletion, filterFields } = parts;
  return {
    definition: definitionOf(text, parts),
    filter,
    get sampleEvent() {
      return parts.sampleEvent();
    },
    requirement: subjectRequirementOf(text.key),
    isDeletion,
    inputFields: [...filterFields.map(({ field }) => field), TIME_ZONE_FIELD],
    get outputFields() {
      return parts.outputFields();
    },
  };
}

/** Returns the event that a trigger shows before a real one has arrived. */
function sampleEventOf({ object, actions, sample }: ObjectTrigger): TutorCruncherEvent {
  const [[action, verb] = [object.sample.action, object.sample.verb]] = Object.entries(actions);
  const complete: JsonObject = { ...asInWebhooks(object, object.sample.subject), ...sample };
  return {
    ...object.sample,
    action,
    verb,
    extra_msg: action === object.sample.action ? object.sample.extra_msg : '',
    subject: areDeletions(Object.keys(actions)) ? deletedSubject(complete) : complete,
  };
}

/** Defines a trigger about one object. */
export function objectTrigger(trigger: ObjectTrigger): Trigger {
  const { object, alternative, where } = trigger;
  const actions = Object.keys(trigger.actions);
  const isDeletion = areDeletions(actions);
  const sampleEvent = once(() => sampleEventOf(trigger));
  const layout = isDeletion ? once(() => layoutOf(object.word, sampleEvent().subject)) : () => object.layout;
  const flatten: Flatten = (event, timeZone) => {
    const isAlternative = alternative?.object === objectWordOf(event.subject.model);
    const subject = isAlternative ? alternative.toSubject(event) : event.subject;
    return flattenEvent(event, layout(), { hash: sha256, timeZone, subject });
  };
  const sample = BUILT_SAMPLES?.triggers[trigger.key] ?? flatten(sampleEvent(), sampleTimeZone());
  const filter: EventFilter = {
    actions: { actions },
    object: object.word,
    ...(alternative && { alternative: alternative.object }),
    ...(where && { where }),
  };
  if (trigger.canChooseStatuses && !object.statuses) {
    throw new Error(`The trigger "${trigger.key}" offers statuses, but the object "${object.word}" has none.`);
  }
  const filterFields = [
    ...(trigger.canChooseStatuses && object.statuses ? [statusesField(object.statuses)] : []),
    ...(trigger.canChooseLabel ? [LABEL_FIELD] : []),
  ];
  const isListed = object.api !== null && !isDeletion;
  const outputFields = isDeletion ? once(() => outputFieldsOf(sample)) : () => object.outputFields;
  return makeTrigger(trigger, {
    noun: OBJECT_NAMES[object.word],
    filter,
    filterFields,
    sampleEvent,
    sample,
    isDeletion,
    outputFields,
    outputFieldFunctions: [
      () => outputFields().filter(({ key }) => !isEventKey(key)),
      ...(isListed && object.api.hasCustomFields
        ? [(z: ZObject, bundle: Bundle) => customFieldsOrNone(z, bundle, object)]
        : []),
      () => outputFields().filter(({ key }) => isEventKey(key)),
    ],
    flatten,
    recentEvents: async (z, bundle, narrowed) => {
      if (!isListed) return null;
      const { action, verb } = sampleEvent();
      const requirement = subjectRequirementOf(trigger.key);
      const events = await recentEvents(z, bundle, object, { action, verb, requirement }, narrowed);
      return events.length > 0 ? events : [narrowedSample(sampleEvent(), narrowed)];
    },
  });
}
