/**
 * Event → record: one flat object with a scalar or a list of flat items under each key. The only place where records
 * are made, for live deliveries, samples and lists alike. Keys are a contract with every Zap ever built: they may be
 * added, never renamed or dropped.
 */

import { hash } from 'node:crypto';

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, isScalar, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { objectWordOf, OBJECT_NAMES } from '../../wire/models.ts';
import { fieldRule, slug, type FieldRule, type People } from './field-rules.ts';

/** A line item: flat. */
export type Item = Record<string, Scalar>;
export type FieldValue = Scalar | Item[];
/** What a Zap gets for one event. */
export type FlatRecord = Record<string, FieldValue>;

/** The static keys of an object's records: every record has them all, in this order, null where nothing was sent. */
export interface Layout {
  /** What the subject's own fields start with: `lesson`. */
  readonly prefix: string;
  readonly keys: readonly string[];
  /** For each list of records among the keys, the keys of its items. */
  readonly itemKeys: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Levels of nesting that become keys; what lies deeper stays together as JSON text. */
const MAX_LEVELS = 8;

/** A list with more entries, which no agency has, stays JSON text. */
const MAX_ITEMS = 50_000;
/** Nulls that the items of one record may be filled up with; a list that needs more stays JSON text. */
const MAX_FILLED = 200_000;

/** What two equal values have in common: scalars are themselves, lists their JSON text. */
const identity = (value: FieldValue): Scalar => (Array.isArray(value) ? JSON.stringify(value) : value);

/** Keys of the event, its actor and its subject, which no field of the subject may take. */
const RESERVED_KEYS = new Set([
  ...['id', 'event_action', 'event_description', 'event_message', 'event_timestamp', 'branch_id'],
  ...['actor_name', 'actor_id', 'actor_user_id', 'actor_url'],
  ...['subject_model', 'subject_id', 'subject_name', 'subject_url'],
]);

/** Values by key, in order of arrival, where no value displaces another. */
class Fields {
  readonly values = new Map<string, FieldValue>();
  #collisions: Map<string, { values: Set<Scalar>; next: number }> | null = null;
  #isSealed = false;

  /** Reserved keys stay from now on as they are, null or not. */
  seal(): void {
    this.#isSealed = true;
  }

  /**
   * Sets a key. Where it is taken by another value the new one gets `_2`, `_3`, ...; null gives way to any value, unless
   * it is reserved.
   */
  put(key: string, value: FieldValue): void {
    const present = this.values.get(key);
    if (present === undefined || (present === null && !(this.#isSealed && RESERVED_KEYS.has(key)))) {
      this.values.set(key, value);
    } else if (value !== null && value !== present) {
      const { values } = this.#collisionsOf(key, present);
      if (!values.has(identity(value))) this.#number(key, value);
    }
  }

  /**
   * Sets a key that names one thing of several: where it is taken, whatever the values, the new one is numbered.
   *
   * @returns the key it got
   */
  add(key: string, value: FieldValue): string {
    if (this.values.has(key)) return this.#number(key, value);
    this.values.set(key, value);
    return key;
  }

  #collisionsOf(key: string, present: FieldValue): { values: Set<Scalar>; next: number } {
    this.#collisions ??= new Map();
    let collisions = this.#collisions.get(key);
    if (!collisions) {
      collisions = { values: new Set([identity(present)]), next: 2 };
      this.#collisions.set(key, collisions);
    }
    return collisions;
  }

  #number(key: string, value: FieldValue): string {
    const collisions = this.#collisionsOf(key, this.values.get(key) ?? null);
    while (this.values.has(`${key}_${collisions.next}`)) collisions.next++;
    const numbered = `${key}_${collisions.next}`;
    this.values.set(numbered, value);
    collisions.values.add(identity(value));
    return numbered;
  }
}

const joinKey = (prefix: string, word: string): string =>
  prefix === '' || word === prefix || word.startsWith(`${prefix}_`) ? word : `${prefix}_${word}`;

const MAX_DIGITS = 15;
const MAX_DECIMAL = 40;

/** A plain decimal as a number, where a number holds all of its digits; everything else as it is. */
function toNumber(value: Scalar): Scalar {
  if (typeof value !== 'string' || value.length > MAX_DECIMAL || !/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value))
    return value;
  if (value.length > MAX_DIGITS) {
    const significant = value.replace(/\.(\d*?)0*$/, '$1').replace(/^-?0*/, '');
    if (significant.length > MAX_DIGITS) return value;
  }
  // Not -0, which is no amount.
  return Number(value) + 0;
}

function joinedName(record: JsonObject): string | null {
  const names = [record.first_name, record.last_name].filter((name) => typeof name === 'string' && name !== '');
  return names.length === 0 ? null : names.join(' ').trim();
}

const isBlank = (name: unknown): boolean => name === undefined || name === null || name === '';

/** How the fields of one root record, the subject or an item of a list, become keys. */
interface Place {
  readonly isSubject: boolean;
  /** Static keys of the items of the subject's lists. */
  readonly itemKeys: Layout['itemKeys'];
  readonly rename: (key: string) => string;
  /** How many nulls the items of the record have been filled up with. */
  readonly filled: { count: number };
}

const asIs = (key: string): string => key;
const NO_ITEM_KEYS: Layout['itemKeys'] = new Map();

/** The keys of a skill, which is a record of records in the newer shape and of texts in the older one. */
const SKILL_RENAMES = new Map([
  ['qual_level', 'level'],
  ['qual_level_name', 'level'],
  ['subject_name', 'subject'],
  ['subject_category_name', 'subject_category'],
]);

function renameInSkill(key: string): string {
  return SKILL_RENAMES.get(key) ?? (key.startsWith('qual_level_') ? key.slice('qual_'.length) : key);
}

/** The entries of a list of students are themselves the students: `student_id` is their `id`. */
const RENAMES_AMONG: Readonly<Record<People, (key: string) => string>> = {
  client: (key) => withoutStart(key, 'client_'),
  tutor: (key) => withoutStart(key, 'tutor_'),
  student: (key) => withoutStart(key, 'student_'),
  affiliate: (key) => withoutStart(key, 'affiliate_'),
};

const withoutStart = (key: string, start: string): string => (key.startsWith(start) ? key.slice(start.length) : key);

/** Where a field of a record with some prefix goes. */
interface FieldPlace {
  readonly rule: FieldRule;
  /** The key of a scalar or a list. */
  readonly key: string;
  /** The prefix of a record. */
  readonly nestedPrefix: string;
}

// The same few names come again and again, and working a key out costs more than all else that is done with a field.
// Hostile names, and prefixes made of them, must not be remembered without end.
const MAX_REMEMBERED = 5000;
const MAX_REMEMBERED_NAME = 200;
const remembered = new Map<string, Map<string, FieldPlace>>();
let rememberedCount = 0;

/** Makes room for one more. */
function remember(): void {
  if (rememberedCount++ < MAX_REMEMBERED) return;
  remembered.clear();
  rememberedCount = 0;
}

function placesUnder(prefix: string): Map<string, FieldPlace> {
  let places = remembered.get(prefix);
  if (!places) {
    remember();
    places = new Map();
    remembered.set(prefix, places);
  }
  return places;
}

function fieldPlace(prefix: string, name: string, places: Map<string, FieldPlace>): FieldPlace {
  const rule = fieldRule(name);
  const key = joinKey(prefix, rule.word);
  const place = { rule, key, nestedPrefix: rule.isObject ? rule.word : key };
  if (name.length < MAX_REMEMBERED_NAME) {
    remember();
    places.set(name, place);
  }
  return place;
}

function collect(root: JsonObject, rootPrefix: string, rootLevel: number, place: Place, fields: Fields): void {
  const queue: { record: JsonObject; prefix: string; level: number }[] = [
    { record: root, prefix: rootPrefix, level: rootLevel },
  ];
  // The queue grows while it is walked: the root's own fields come first, then those of nested records, level by level.
  for (const { record, prefix, level } of queue) {
    const isSubject = place.isSubject && record === root;
    const places = placesUnder(prefix);
    let needsName = isBlank(record.name);

    for (const name of Object.keys(record)) {
      const value = record[name];
      if (isSubject && (name === 'model' || name === 'extra_attrs')) continue;

      const { rule, key, nestedPrefix } = places.get(name) ?? fieldPlace(prefix, name, places);
      if (needsName && (name === 'first_name' || name === 'last_name')) {
        needsName = false;
        fields.put(place.rename(joinKey(prefix, 'name')), joinedName(record));
      }
      if (name === 'name' && value === '' && joinedName(record) !== null) continue;

      if (Array.isArray(value) || (isSubject && rule.isPeopleAlone && value !== null && value !== undefined)) {
        const list: readonly unknown[] = Array.isArray(value) ? value : [value];
        const listKey = place.rename(isSubject && rule.isPeopleAlone ? rule.word : key);
        collectList(list, listKey, rule, level, place, fields);
      } else if (isJsonObject(value)) {
        if (level < MAX_LEVELS) {
          queue.push({ record: value, prefix: nestedPrefix, level: level + 1 });
        } else {
          fields.put(place.rename(key), JSON.stringify(value));
        }
      } else if (rule.isRecord && typeof value === 'number') {
        fields.put(place.rename(`${nestedPrefix}_id`), value);
      } else if (rule.isRecord && typeof value === 'string') {
        fields.put(place.rename(`${nestedPrefix}_name`), value);
      } else if (value !== null || !(rule.isRecord || rule.isNamedList)) {
        // Where a record or a list of them may stand, null says nothing that the static keys don't.
        const scalar = toScalar(value);
        fields.put(place.rename(key), rule.isNumber ? toNumber(scalar) : scalar);
      }
    }
  }
}

const joinScalars = (list: readonly unknown[]): string =>
  list
    .filter((entry) => entry !== null)
    .map((entry) => String(toScalar(entry)))
    .join(', ');

function collectList(
  list: readonly unknown[],
  key: string,
  rule: FieldRule,
  level: number,
  place: Place,
  fields: Fields,
): void {
  if (!place.isSubject) {
    fields.put(key, listInItem(list));
    return;
  }
  const isRecords = rule.isNamedList || place.itemKeys.has(key) || list.some(isJsonObject);
  if (!isRecords) {
    fields.put(key, joinScalars(list));
    return;
  }

  if (level >= MAX_LEVELS || list.length > MAX_ITEMS) {
    fields.put(key, JSON.stringify(list));
    return;
  }

  const rename = rule.isSkills ? renameInSkill : rule.people ? RENAMES_AMONG[rule.people] : asIs;
  const itemPlace: Place = { isSubject: false, itemKeys: NO_ITEM_KEYS, rename, filled: place.filled };
  const items: Fields[] = [];
  for (const entry of list) {
    if (entry !== null) items.push(collectItem(entry, level + 1, itemPlace));
  }

  fields.put(key, fillItems(items, rule, place.filled, place.itemKeys.get(key)));
  if (rule.isNamedList) {
    // A skill has no name; it is called by its subject.
    const names = items.map(({ values }) => values.get(rule.isSkills ? 'subject' : 'name') ?? null);
    fields.put(`${key.slice(0, -1)}_names`, joinScalars(names));
  }
}

function collectItem(entry: unknown, level: number, place: Place): Fields {
  const item = new Fields();
  if (isJsonObject(entry)) {
    collect(entry, '', level, place, item);
  } else {
    const key = typeof entry === 'number' ? 'id' : typeof entry === 'string' ? 'name' : 'value';
    item.put(key, toScalar(entry));
  }
  return item;
}

/** All items of a list have the same keys. */
function fillItems(
  items: readonly Fields[],
  rule: FieldRule,
  filled: { count: number },
  staticKeys?: ReadonlySet<string>,
): Item[] | string {
  let keys: ReadonlySet<string> = staticKeys ?? new Set(rule.itemKeys);
  let more: Set<string> | null = null;
  let sent = 0;
  for (const { values } of items) {
    sent += values.size;
    for (const key of values.keys()) {
      if (keys.has(key)) continue;
      keys = more ??= new Set(keys);
      more.add(key);
    }
  }
  filled.count += items.length * keys.size - sent;
  if (filled.count > MAX_FILLED) {
    filled.count -= items.length * keys.size - sent;
    return JSON.stringify(items.map(({ values }) => Object.fromEntries(values)));
  }
  return items.map(({ values }) => {
    const item: Item = {};
    for (const key of keys) {
      const value = values.get(key) ?? null;
      item[key] = isScalar(value) ? value : JSON.stringify(value);
    }
    return item;
  });
}

/** A list inside an item: the names of its entries where all have one, else JSON text. */
function listInItem(list: readonly unknown[]): string {
  const names = list.map((entry) =>
    isJsonObject(entry)
      ? typeof entry.name === 'string'
        ? entry.name
        : joinedName(entry)
      : isScalar(entry)
        ? entry
        : null,
  );
  return names.every((name) => name !== null) ? joinScalars(names) : JSON.stringify(list);
}

/** The subject with its older, nested `user` record dissolved into it; where both shapes speak, the flat one wins. */
function withoutUser(subject: JsonObject): JsonObject {
  const { user } = subject;
  const isEmpty = user === null || (Array.isArray(user) && user.length === 0);
  if (!isJsonObject(user) && !isEmpty) return subject;
  // No prototype, so that a field named "__proto__" is a field like others.
  const merged = Object.create(null) as JsonObject;
  for (const [name, value] of Object.entries(subject)) {
    if (name === 'user') continue;
    merged[name] = value;
  }
  for (const [name, value] of Object.entries(user ?? {})) {
    merged[name] ??= value;
  }
  return merged;
}

/** A custom field of a record: its key, and what TutorCruncher says of it where it says it. */
export interface CustomFieldValue {
  readonly key: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly value: Scalar;
}

/** The entries of `extra_attrs` in both its shapes: the read one, a list of records, and the written one, an object. */
function customEntries(extraAttrs: unknown): JsonObject[] {
  if (Array.isArray(extraAttrs)) {
    return (extraAttrs as unknown[])
      .filter((entry) => entry !== null)
      .map((entry) => (isJsonObject(entry) ? entry : { value: entry }));
  }
  if (isJsonObject(extraAttrs)) {
    return Object.entries(extraAttrs).map(([machine_name, value]) => ({ machine_name, value }));
  }
  return isScalar(extraAttrs) && extraAttrs !== null ? [{ value: extraAttrs }] : [];
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);

const nameTextOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

function addCustomFields(extraAttrs: unknown, fields: Fields): CustomFieldValue[] {
  return customEntries(extraAttrs).map(({ machine_name, name, type, value: sent }) => {
    const value = Array.isArray(sent) ? joinScalars(sent) : toScalar(sent);
    const key = fields.add(`custom_${slug(nameTextOf(machine_name)) || 'field'}`, value);
    return { key, name: textOf(name), type: textOf(type), value };
  });
}

/** The custom fields of a subject's `extra_attrs`, under the keys that they have in a record. */
export const customFieldsOf = (extraAttrs: unknown): CustomFieldValue[] => addCustomFields(extraAttrs, new Fields());

const NO_LAYOUT = { keys: [], itemKeys: NO_ITEM_KEYS };

/** The parts of an event that stand at the head of every record. */
function collectHead(event: TutorCruncherEvent, fields: Fields): void {
  const { actor } = event;
  const actorRecord: JsonObject = isJsonObject(actor)
    ? actor
    : typeof actor === 'number'
      ? { id: actor }
      : { name: toScalar(actor) };
  const branchId = toNumber(toScalar(event.branch));
  const actorId = toNumber(toScalar(actorRecord.id));
  const message = toScalar(event.extra_msg);
  const timestamp = toScalar(event.timestamp);

  const identifying = [
    branchId,
    event.action,
    timestamp,
    productModel(event.subject.model),
    toNumber(toScalar(event.subject.id)),
    actorId,
    message,
  ];
  // TutorCruncher numbers no events, so an event's id is made of what tells it from every other.
  fields.put('id', hash('sha256', JSON.stringify(identifying)));
  fields.put('event_action', event.action);
  fields.put('event_description', toScalar(event.verb));
  fields.put('event_message', message);
  fields.put('event_timestamp', timestamp);
  fields.put('branch_id', branchId);
  fields.put('actor_name', isBlank(actorRecord.name) ? joinedName(actorRecord) : toScalar(actorRecord.name));
  fields.put('actor_id', actorId);
  fields.put('actor_user_id', toNumber(toScalar(actorRecord.user_id)));
  fields.put('actor_url', toScalar(actorRecord.url));
}

/** What a subject of any object is called. */
function nameOf(subject: JsonObject): Scalar {
  const name = [subject.name, joinedName(subject), subject.display_id, subject.topic].find((text) => !isBlank(text));
  return toScalar(name);
}

/** What the product calls a model; a model this version doesn't know as sent. */
function productModel(model: unknown): Scalar {
  const word = objectWordOf(model);
  return word ? OBJECT_NAMES[word] : toScalar(model);
}

/** The static keys of an object, from a subject that has everything TutorCruncher can send in its newer shape. */
export function layoutOf(prefix: string, completeSubject: JsonObject): Layout {
  const fields = new Fields();
  const place: Place = { isSubject: true, itemKeys: NO_ITEM_KEYS, rename: asIs, filled: { count: 0 } };
  collect(withoutUser(completeSubject), prefix, 1, place, fields);
  const itemKeys = new Map<string, ReadonlySet<string>>();
  for (const [key, value] of fields.values) {
    if (Array.isArray(value) && value[0]) itemKeys.set(key, new Set(Object.keys(value[0])));
  }
  return { prefix, keys: [...fields.values.keys()], itemKeys };
}

/**
 * Makes a record of an event.
 *
 * @param event - one event of a verified delivery, nested at most 200 levels
 * @param layout - the static keys of its object; null for a model this version doesn't know, whose fields then carry
 *   the model's slug
 * @param withSubject - adds the keys that name a subject of any object: model, id, name, URL
 */
export function flatten(event: TutorCruncherEvent, layout: Layout | null, withSubject = false): FlatRecord {
  const { keys, itemKeys } = layout ?? NO_LAYOUT;
  const { model } = event.subject;
  const prefix = layout?.prefix ?? ((typeof model === 'string' && slug(model)) || 'subject');
  const subject = withoutUser(event.subject);

  const fields = new Fields();
  collectHead(event, fields);
  if (withSubject) {
    fields.put('subject_model', productModel(model));
    fields.put('subject_id', toNumber(toScalar(subject.id)));
    fields.put('subject_name', nameOf(subject));
    fields.put('subject_url', toScalar(subject.url));
  }
  fields.seal();
  const head = fields.values.size;
  collect(subject, prefix, 1, { isSubject: true, itemKeys, rename: asIs, filled: { count: 0 } }, fields);
  addCustomFields(subject.extra_attrs, fields);

  const record: FlatRecord = {};
  let position = 0;
  for (const [key, value] of fields.values) {
    if (position++ === head) break;
    record[key] = value;
  }
  let placed = head;
  for (const key of keys) {
    const value = fields.values.get(key);
    record[key] = value ?? null;
    if (value !== undefined) placed++;
  }
  // What is left are fields that this version doesn't know, then custom fields.
  if (placed < fields.values.size) {
    for (const [key, value] of fields.values) record[key] = value;
  }
  return record;
}
