/**
 * The one factory that all triggers come from. They share everything but data: each checks the signature of the raw
 * body, reads the delivery, keeps the events of its actions and its object, and flattens each into a record; its
 * sample and output fields are the same flattening of its object's sample delivery. They differ in key, label,
 * description, actions and object, in a condition on the subject (an invoice must be paid), and in whether the subject
 * is thin (deletions) or of any object (New Event).
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { privateKeyOf } from './authentication.ts';
import { keeps, readDelivery, type EventFilter, type TutorCruncherEvent } from './delivery.ts';
import { flatten, layoutOf, type FlatRecord, type Layout } from './flatten.ts';
import type { JsonObject } from './json.ts';
import { outputFieldsOf } from './output-fields.ts';
import { REFUSAL_MESSAGES, refusalOf } from './signature.ts';
import { subscription } from './subscription.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';
import { objectWordOf, OBJECT_NAMES } from './vocabulary.ts';

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
  /** Values that fields of the subject must have where they are sent, in lower case. */
  readonly where?: Readonly<Record<string, string>>;
  /** What differs in this trigger's sample from the object's sample delivery. */
  readonly sample?: JsonObject;
  /** TutorCruncher sends little more than id and names of what was deleted. */
  readonly isDeletion?: boolean;
}

/** A trigger about every object. */
export interface AnyObjectTrigger extends TriggerText {
  readonly objects: readonly TutorCruncherObject[];
  /** Action keys it leaves out. */
  readonly except: readonly string[];
}

/** The fields of a subject that deletions send, where it has them. */
const THIN_FIELDS = ['model', 'url', 'id', 'name', 'first_name', 'last_name', 'display_id', 'topic'];

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
  // The check runs over UTF-8 bytes, which have no lone surrogates; so what is read below is what was verified.
  const body = typeof content === 'string' ? content.toWellFormed() : '';
  const refusal = refusalOf(body, headers ?? {}, privateKeyOf(bundle));
  if (refusal) throw refused(z, REFUSAL_MESSAGES[refusal]);

  const records = new Map<unknown, FlatRecord>();
  for (const event of readDelivery(body)) {
    if (!keeps(filter, event)) continue;
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
}

function hookDefinition(
  { key, label, description }: TriggerText,
  noun: string,
  sample: FlatRecord,
  layout: Layout | null,
  perform: (z: ZObject, bundle: Bundle) => FlatRecord[],
) {
  const { display, operation } = subscription();
  return {
    key,
    noun,
    display: { label, description, ...display },
    operation: {
      type: 'hook' as const,
      perform,
      performList: (): FlatRecord[] => [sample],
      sample,
      outputFields: outputFieldsOf(sample, layout),
      ...operation,
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
  const { object, actions, where, isDeletion } = trigger;
  const sampleEvent = sampleEventOf(trigger);
  const layout = isDeletion ? layoutOf(object.word, sampleEvent.subject) : object.layout;
  const filter: EventFilter = { actions: Object.keys(actions), object: object.word, ...(where && { where }) };
  const toRecord = (event: TutorCruncherEvent): FlatRecord => flatten(event, layout);
  const perform = (z: ZObject, bundle: Bundle) => recordsOf(z, bundle, filter, toRecord);
  const definition = hookDefinition(trigger, OBJECT_NAMES[object.word], toRecord(sampleEvent), layout, perform);
  return { definition, filter, sampleEvent };
}

/** Defines a trigger for events about every object; its records also say which object that is. */
export function anyObjectTrigger(trigger: AnyObjectTrigger): WebhookTrigger {
  const layouts = new Map(trigger.objects.map(({ word, layout }) => [word, layout]));
  const toRecord = (event: TutorCruncherEvent): FlatRecord => {
    const word = objectWordOf(event.subject.model);
    return flatten(event, (word && layouts.get(word)) ?? null, true);
  };

  const [first] = trigger.objects;
  if (!first) throw new Error(`The trigger "${trigger.key}" knows no objects.`);
  // Fields of one object would be missing in events about every other.
  const sample = Object.fromEntries(
    Object.entries(toRecord(first.sample)).filter(([key]) => !first.layout.keys.includes(key)),
  );
  const filter: EventFilter = { actions: null, except: trigger.except, object: null };
  const perform = (z: ZObject, bundle: Bundle) => recordsOf(z, bundle, filter, toRecord);
  return { definition: hookDefinition(trigger, 'Event', sample, null, perform), filter, sampleEvent: first.sample };
}
