/** Converts an event to a flat record, which contains the event, its actor and its subject. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { objectWordOf, OBJECT_NAMES } from '../../wire/models.ts';
import { branchFields, branchOfEvent, sentBranchId } from './branch-fields.ts';
import { NEUTRAL_LOCALE, type Locale } from './locale.ts';
import { isAboutPaymentDetails, withoutDigits } from './payment-details.ts';
import { slug } from './product-words.ts';
import { timeTexts } from './ready-made.ts';
import { layoutWith, type Layout } from './layout.ts';
import type { FlatRecord } from './record.ts';
import { subjectFields, withoutUser } from './subject.ts';
import { isBlank, nameOf, toNumber } from './values.ts';

/**
 * Returns the SHA-256 hash of a string's UTF-8 bytes as hexadecimal digits. Browsers and Node.js need different
 * implementations.
 */
export type Hash = (text: string) => string;

interface FlattenOptions {
  readonly hash: Hash;
  /** The branch of the connection, and the settings for texts; default: {@link NEUTRAL_LOCALE}. */
  readonly locale?: Locale;
  /** True to add the keys that describe a subject regardless of its model: its model, id, name and URL. */
  readonly hasSubjectKeys?: boolean;
  /**
   * Subject to show in place of the event's own subject. The `id` of the record still depends on the event's own
   * subject.
   */
  readonly subject?: JsonObject;
  /** Fields that describe the changes. These fields precede the fields of the event. */
  readonly changes?: FlatRecord;
}

/** Returns the product name of a model; the model as sent if the app has no name for the model. */
function productModel(model: unknown): Scalar {
  const word = objectWordOf(model);
  return word ? OBJECT_NAMES[word] : toScalar(model);
}

function actorOf({ actor }: TutorCruncherEvent): JsonObject {
  if (isJsonObject(actor)) return actor;
  return typeof actor === 'number' ? { id: actor } : typeof actor === 'string' ? { name: actor } : {};
}

/** Returns the message of an event. If the event is about payment details, all digits are replaced with asterisks. */
function messageOf({ action, extra_msg }: TutorCruncherEvent): Scalar {
  const message = toScalar(extra_msg);
  return message !== null && isAboutPaymentDetails(action) ? withoutDigits(String(message)) : message;
}

/** Returns the fields of the event and its actor. These fields come last in every record of an event. */
function describeEvent(event: TutorCruncherEvent, hash: Hash, locale: Locale): FlatRecord {
  const actor = actorOf(event);
  const [branchId, actorId] = [sentBranchId(event), toNumber(toScalar(actor.id))];
  const message = messageOf(event);
  const timestamp = toScalar(event.timestamp);
  const { text = null, date = null, time = null } = timeTexts(timestamp, locale) ?? {};
  const [model, subjectId] = [productModel(event.subject.model), toNumber(toScalar(event.subject.id))];
  // TutorCruncher's events have no ids. The id is a hash of the values that distinguish one event from another.
  const identity = [branchId, event.action, timestamp, model, subjectId, actorId, message];
  return {
    event_description: toScalar(event.verb),
    event_message: message,
    event_timestamp_text: text,
    event_timestamp: timestamp,
    event_timestamp_date: date,
    event_timestamp_time: time,
    event_action: event.action,
    ...branchFields(branchOfEvent(branchId, locale.branch)),
    actor_name: nameOf(actor),
    actor_id: actorId,
    actor_user_id: toNumber(toScalar(actor.user_id)),
    actor_url: toScalar(actor.url),
    id: hash(JSON.stringify(identity)),
  };
}

const NO_EVENT: TutorCruncherEvent = { action: '', subject: {} };
const EVENT_KEYS = new Set(Object.keys(describeEvent(NO_EVENT, () => '', NEUTRAL_LOCALE)));

/** Returns true for a key of the event or its actor. */
export const isEventKey = (key: string): boolean => EVENT_KEYS.has(key);

/**
 * Returns the fields that describe a subject regardless of its model. These fields come first in the records of New
 * Event.
 */
export function describeSubject(model: unknown, subject: JsonObject): FlatRecord {
  const name = [nameOf(subject), subject.display_id, subject.topic].find((text) => !isBlank(text));
  return {
    subject_model: productModel(model),
    subject_id: toNumber(toScalar(subject.id)),
    subject_name: toScalar(name),
    subject_url: toScalar(subject.url),
  };
}

/**
 * Converts an event to a record.
 *
 * @param event - an event of a verified delivery, nested at most 200 levels deep
 * @param layout - null for an unknown model, whose fields have the model's slug as prefix
 */
export function flattenEvent(event: TutorCruncherEvent, layout: Layout | null, options: FlattenOptions): FlatRecord {
  const { hash, locale = NEUTRAL_LOCALE, hasSubjectKeys = false, changes = {} } = options;
  const { model } = event.subject;
  const prefix = (typeof model === 'string' && slug(model)) || 'subject';
  const subject = withoutUser(options.subject ?? event.subject);

  const ofEvent = describeEvent(event, hash, locale);
  const ofSubject = hasSubjectKeys ? describeSubject(model, subject) : {};
  const shape =
    layout ?? layoutWith({ prefix, keys: [], leads: [], headLength: 0, customFieldsAt: null, itemKeys: {} });
  // The keys of a known object start with the object's word, so they never collide with the keys of an event and its
  // changes.
  const reserved = layout ? {} : { ...ofSubject, ...changes, ...ofEvent };
  return { ...ofSubject, ...subjectFields(subject, shape, reserved, locale), ...changes, ...ofEvent };
}
