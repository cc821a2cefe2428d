/**
 * The one factory that all triggers come from. They share everything but data: each checks the signature of the raw
 * body, reads the delivery, keeps the events of its actions and its object, and flattens each into a record; its
 * sample and output fields are the same flattening of its object's sample delivery. They differ in key, label,
 * description, actions and object, in a condition on the subject (an invoice must be paid), in what may be chosen to
 * narrow them (statuses, a label, events), and in whether the subject is thin (deletions) or of any object (New Event).
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { privateKeyOf } from './connection.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import type { EventFilter } from './event-filter.ts';
import { flatten, layoutOf, type FlatRecord } from './record/subject.ts';
import { ACTIONS_FIELD, LABEL_FIELD, narrowed, statusesField, type InputField } from './input-fields.ts';
import type { JsonObject } from '../wire/json.ts';
import { outputFieldsOf, type OutputField } from './record/output-fields.ts';
import { recentEvents, recentEventsOfChosenAction } from './recent-events.ts';
import { keptEvents } from './hooks/kept-events.ts';
import { REFUSAL_MESSAGES } from './hooks/refusal-messages.ts';
import { subscription } from './hooks/hook.ts';
import { fetchCustomFields, type CustomField } from './api/client.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';
import { objectWordOf, OBJECT_NAMES } from '../wire/models.ts';

/** What all triggers are defined by. */
interface TriggerText {
  readonly key: string;
  readonly label: string;
  readonly description: string;
}

/** A trigger about one object. */
export interface ObjectTrigger extends TriggerText {
  readonly object: TutorCruncherObject;
  /** The action keys it waits for, with the words TutorCruncher puts into `verb` for each; the sample is of the first. */
  readonly actions: Readonly<Record<string, string>>;
  /** Values, in lower case, of which fields of the subject must have one where they are sent. */
  readonly where?: EventFilter['where'];
  /** The statuses that may be chosen to wait for. */
  readonly statuses?: readonly string[];
  /** A label may be chosen that the record must have. */
  readonly canChooseLabel?: boolean;
  /** What differs in this trigger's sample from the object's sample delivery. */
  readonly sample?: JsonObject;
  /** TutorCruncher sends little more than id and names of what was deleted. */
  readonly isDeletion?: boolean;
}

/** A trigger about every object. */
export interface AnyObjectTrigger extends TriggerText {
  readonly objects: readonly TutorCruncherObject[];
  /** The object whose event its sample shows. */
  readonly sampleObject: TutorCruncherObject;
  /** Action keys it leaves out, unless they are chosen. */
  readonly except: readonly string[];
}

/** The fields of a subject that deletions send, where it has them. */
const THIN_FIELDS = ['model', 'url', 'id', 'name', 'first_name', 'last_name', 'topic'];

/**
 * Halted, not failed: a stranger who finds the URL, or a fault at TutorCruncher, must not switch the Zap off. Left to
 * itself, core would append the whole request to the message, with the body and its signature.
 */
const refused = (z: ZObject, message: string): Error =>
  Object.assign(new z.errors.HaltedError(message), { doNotContextify: true });

/** The records of the request's events that pass the filter; equal events within one delivery are one record. */
function recordsOf(
  z: ZObject,
  bundle: Bundle,
  filter: EventFilter,
  toRecord: (event: TutorCruncherEvent) => FlatRecord,
): FlatRecord[] {
  const { content, headers } = bundle.rawRequest ?? {};
  const kept = keptEvents(typeof content === 'string' ? content : '', headers ?? {}, privateKeyOf(bundle), filter);
  if ('refusal' in kept) throw refused(z, REFUSAL_MESSAGES[kept.refusal]);

  const records = new Map<unknown, FlatRecord>();
  for (const event of kept.events) {
    const record = toRecord(event);
    if (!records.has(record.id)) records.set(record.id, record);
  }
  return [...records.values()];
}

/** A trigger: its definition as zapier-platform-core takes it, and what it was made of. */
export interface WebhookTrigger {
  readonly definition: ReturnType<typeof hookDefinition>;
  /** Which events it keeps. */
  readonly filter: EventFilter;
  /** The event that its sample was made of. */
  readonly sampleEvent: TutorCruncherEvent;
  /** What may be chosen. */
  readonly inputFields: readonly InputField[];
  /** The output fields that every account has. */
  readonly outputFields: readonly OutputField[];
}

/** Makes records of a request that Zapier received. Throws nothing but the refusal of a signature. */
export type HookPerform = (z: ZObject, bundle: Bundle) => FlatRecord[];

/** What the definitions of triggers about one object and about any are made of. */
interface HookParts {
  readonly text: TriggerText;
  readonly noun: string;
  readonly sample: FlatRecord;
  readonly outputFields: readonly OutputField[];
  readonly inputFields: readonly InputField[];
  /** The object whose custom fields its records carry. */
  readonly customFieldsOf: TutorCruncherObject | null;
  readonly filter: EventFilter;
  readonly toRecord: (event: TutorCruncherEvent) => FlatRecord;
  /** Events of the account's own records; null where the sample must do. */
  readonly recent: (z: ZObject, bundle: Bundle, filter: EventFilter) => Promise<TutorCruncherEvent[] | null>;
}

/** Without them a Zap still works, only its custom fields have no labels: no reason to show an error. */
async function customFieldsOrNone(z: ZObject, bundle: Bundle, object: TutorCruncherObject): Promise<CustomField[]> {
  try {
    return await fetchCustomFields(z, bundle, object);
  } catch {
    return [];
  }
}

function hookDefinition({ text, noun, sample, outputFields, inputFields, filter, toRecord, ...parts }: HookParts) {
  const filterFor = (bundle: Bundle): EventFilter => narrowed(filter, inputFields, bundle);
  const reached = subscription(filterFor);
  const { key, label, description } = text;
  const object = parts.customFieldsOf;
  const perform: HookPerform = (z, bundle) => recordsOf(z, bundle, filterFor(bundle), toRecord);
  const customFields = object ? [(z: ZObject, bundle: Bundle) => customFieldsOrNone(z, bundle, object)] : [];
  return {
    key,
    noun,
    display: { label, description, ...reached.display },
    operation: {
      type: 'hook' as const,
      perform,
      performList: async (z: ZObject, bundle: Bundle): Promise<FlatRecord[]> => {
        const received = await reached.received(z, bundle, filterFor(bundle));
        const events = received.length > 0 ? received : await parts.recent(z, bundle, filterFor(bundle));
        return events ? events.map(toRecord) : [sample];
      },
      inputFields: [...reached.inputFields, ...inputFields],
      sample,
      outputFields: [...outputFields, ...customFields],
      ...reached.operation,
    },
  };
}

/** The event a trigger shows before a real one has arrived. */
function sampleEventOf({ object, actions, sample, isDeletion }: ObjectTrigger): TutorCruncherEvent {
  const [[action, verb] = [object.sample.action, object.sample.verb]] = Object.entries(actions);
  const complete: JsonObject = { ...object.sample.subject, ...sample };
  const subject = isDeletion
    ? Object.fromEntries(Object.entries(complete).filter(([name]) => THIN_FIELDS.includes(name)))
    : complete;
  return {
    ...object.sample,
    action,
    verb,
    extra_msg: action === object.sample.action ? object.sample.extra_msg : '',
    subject,
  };
}

/** Defines a trigger for events about one object. */
export function webhookTrigger(trigger: ObjectTrigger): WebhookTrigger {
  const { object, actions, where, statuses, canChooseLabel, isDeletion = false } = trigger;
  const sampleEvent = sampleEventOf(trigger);
  const layout = isDeletion ? layoutOf(object.word, sampleEvent.subject) : object.layout;
  const filter: EventFilter = {
    actions: { actions: Object.keys(actions) },
    object: object.word,
    ...(where && { where }),
  };
  const toRecord = (event: TutorCruncherEvent): FlatRecord => flatten(event, layout);
  const isListed = object.api !== null && !isDeletion;
  const sample = toRecord(sampleEvent);
  const inputFields = [...(statuses ? [statusesField(statuses)] : []), ...(canChooseLabel ? [LABEL_FIELD] : [])];
  const outputFields = isDeletion ? outputFieldsOf(sample) : object.outputFields;
  const definition = hookDefinition({
    text: trigger,
    noun: OBJECT_NAMES[object.word],
    sample,
    outputFields,
    inputFields,
    customFieldsOf: isListed && object.api.hasCustomFields ? object : null,
    filter,
    toRecord,
    recent: (z, _bundle, narrower) =>
      isListed ? recentEvents(z, object, sampleEvent, narrower) : Promise.resolve(null),
  });
  return { definition, filter, sampleEvent, inputFields, outputFields };
}

/** Defines a trigger for events about every object; its records also say which object that is. */
export function anyObjectTrigger(trigger: AnyObjectTrigger): WebhookTrigger {
  const { objects, sampleObject } = trigger;
  const layouts = new Map(objects.map(({ word, layout }) => [word, layout]));
  const toRecord = (event: TutorCruncherEvent): FlatRecord => {
    const word = objectWordOf(event.subject.model);
    return flatten(event, (word && layouts.get(word)) ?? null, true);
  };

  const sampleEvent = sampleObject.sample;
  // Fields of one object would be missing in events about every other.
  const sample = Object.fromEntries(
    Object.entries(toRecord(sampleEvent)).filter(([key]) => !sampleObject.layout.keys.includes(key)),
  );
  const inputFields = [ACTIONS_FIELD];
  const outputFields = outputFieldsOf(sample);
  const filter: EventFilter = { actions: { all_except: trigger.except }, object: null };
  const definition = hookDefinition({
    text: trigger,
    noun: 'Event',
    sample,
    outputFields,
    inputFields,
    customFieldsOf: null,
    filter,
    toRecord,
    recent: (z, bundle, narrower) => recentEventsOfChosenAction(z, bundle, objects, narrower),
  });
  return { definition, filter, sampleEvent, inputFields, outputFields };
}
