/** Event → flat record: the event, its actor and its subject, one level deep. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { objectWordOf, OBJECT_NAMES } from '../../wire/models.ts';
import { EVENT_KEYS, SUBJECT_KEYS } from './event-keys.ts';
import { KeyedValues } from './keyed-values.ts';
import { NO_LAYOUT, placeSubject } from './placement.ts';
import { slug } from './product-words.ts';
import type { FlatRecord, Layout } from './record.ts';
import { collectSubject, withoutUser } from './subject.ts';
import { isBlank, nameOf, toNumber } from './values.ts';

/** Returns the SHA-256 hash of a text's UTF-8 bytes as hexadecimal digits. Browsers and Node.js have different ones. */
export type Hash = (text: string) => string;

export interface FlattenOptions {
  readonly hash: Hash;
  /** Adds the keys that describe a subject of any object: its model, id, name and URL. */
  readonly hasSubjectKeys?: boolean;
  /** Subject to show in place of the event's own one, which still determines the `id`. */
  readonly subject?: JsonObject;
}

/** Returns the product name of a model, or an unknown model as sent. */
function productModel(model: unknown): Scalar {
  const word = objectWordOf(model);
  return word ? OBJECT_NAMES[word] : toScalar(model);
}

function actorOf({ actor }: TutorCruncherEvent): JsonObject {
  if (isJsonObject(actor)) return actor;
  return typeof actor === 'number' ? { id: actor } : typeof actor === 'string' ? { name: actor } : {};
}

/** Adds the keys of the event and its actor. */
function collectEvent(event: TutorCruncherEvent, hash: Hash, out: KeyedValues): void {
  const actor = actorOf(event);
  const branchId = toNumber(toScalar(event.branch));
  const actorId = toNumber(toScalar(actor.id));
  const message = toScalar(event.extra_msg);
  const timestamp = toScalar(event.timestamp);

  // TutorCruncher's events have no ids, so the id is a hash of the values that tell events apart.
  const identity = [
    branchId,
    event.action,
    timestamp,
    productModel(event.subject.model),
    toNumber(toScalar(event.subject.id)),
    actorId,
    message,
  ];
  out.put('id', hash(JSON.stringify(identity)));
  out.put('event_action', event.action);
  out.put('event_description', toScalar(event.verb));
  out.put('event_message', message);
  out.put('event_timestamp', timestamp);
  out.put('branch_id', branchId);
  out.put('actor_name', nameOf(actor));
  out.put('actor_id', actorId);
  out.put('actor_user_id', toNumber(toScalar(actor.user_id)));
  out.put('actor_url', toScalar(actor.url));
}

/** Adds the keys that describe a subject of any object. */
function collectSubjectKeys(model: unknown, subject: JsonObject, out: KeyedValues): void {
  const name = [nameOf(subject), subject.display_id, subject.topic].find((text) => !isBlank(text));
  out.put('subject_model', productModel(model));
  out.put('subject_id', toNumber(toScalar(subject.id)));
  out.put('subject_name', toScalar(name));
  out.put('subject_url', toScalar(subject.url));
}

function place(keys: readonly string[], { values }: KeyedValues, record: FlatRecord): void {
  for (const key of keys) record[key] = values.get(key) ?? null;
}

/**
 * Makes a record of an event.
 *
 * @param event - an event of a verified delivery, nested at most 200 levels deep
 * @param layout - the static keys of its object; null for an unknown model, whose fields get the model's slug as prefix
 */
export function flattenEvent(
  event: TutorCruncherEvent,
  layout: Layout | null,
  { hash, hasSubjectKeys = false, subject: shown = event.subject }: FlattenOptions,
): FlatRecord {
  const { model } = event.subject;
  const prefix = layout?.prefix ?? ((typeof model === 'string' && slug(model)) || 'subject');
  const subject = withoutUser(shown);

  const out = new KeyedValues();
  collectEvent(event, hash, out);
  if (hasSubjectKeys) collectSubjectKeys(model, subject, out);
  out.sealReservedKeys();
  const sections = collectSubject(subject, prefix, (layout ?? NO_LAYOUT).itemKeys, out);

  const record: FlatRecord = {};
  if (hasSubjectKeys) place(SUBJECT_KEYS, out, record);
  placeSubject(out, layout ?? NO_LAYOUT, sections, record);
  place(EVENT_KEYS, out, record);
  return record;
}
