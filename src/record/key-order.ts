/**
 * Orders a record's static keys. The values that people are most likely to use in messages come first: the name of the
 * object, the names of related records, the status, amounts and times. The object's other fields follow, and then the
 * nested records, with people before things. Within a group, fields keep TutorCruncher's order.
 */

import type { JsonObject } from '../../wire/json.ts';
import { isPeopleKey } from './field-rules.ts';
import { AMOUNT, isMomentKey, withReadyMadeKeys } from './ready-made.ts';
import { KeyedValues } from './keyed-values.ts';
import { layoutWith, type Layout } from './layout.ts';
import type { FieldValue, Item } from './record.ts';
import { collectSubject, withoutUser } from './subject.ts';

/** The keys and values of one record: the subject itself or a record nested in the subject. */
interface KeyGroup {
  readonly prefix: string;
  readonly entries: readonly (readonly [key: string, value: FieldValue])[];
}

/** Kinds of fields, in the order in which a record contains them. */
const RANKS = [
  ...(['name', 'when', 'leader', 'people-names', 'leading-thing', 'status', 'detail', 'amount'] as const),
  ...(['time', 'void', 'people', 'history', 'value', 'list', 'program'] as const),
] as const;
type Rank = (typeof RANKS)[number];

/** Key prefixes, without the subject's prefix, of the nested records that are most closely related to an object. */
const LEADERS = ['student', 'lesson', 'tutor', 'client', 'payee', 'focus', 'admin', 'role'];
/**
 * Key prefixes of other nested records that are closely related to an object. Their names come after the names of the
 * records in `LEADERS`.
 */
const LEADING_THINGS = ['job', 'creator', 'location'];

/**
 * Objects whose main text is in custom fields. The custom fields of these objects come directly after the names of the
 * nested records.
 */
const WITH_TEXT_IN_CUSTOM_FIELDS = new Set(['report', 'review']);

const FULL_NAME = /^(?:name|display_id|display_name|topic)$/;
/** Matches the keys of names. The category of a charge serves as its name. */
const NAME = /^(?:(?:first_|last_|category_)?name|display_id|display_name|topic)$/;
/** Matches the keys of texts that describe a record and replace a missing name. */
const CONTENT = /^(?:description|text)$/;
const STATUS = /^(?:status|complete|approved|active|update_type_display|method_display)$/;
const CONTACT = /^(?:email|mobile|phone|address)$/;
/**
 * Matches the keys of the times at which a record was created or changed. Other times belong to the lesson, task or
 * payment that the record represents.
 */
const HISTORY = /(?:^|_)(?:created|updated|latest_lesson_ad_hoc_charge)$/;
/** Matches the keys of times that few records have. */
const VOID = /(?:^|_)date_void$/;
const PROGRAM = /(?:^|_)(?:url|machine_name|role_type|is_deleted|ranking|sort_index|colour|icon|latitude|longitude)$/;
const READABLE_URL = /(?:^|_)pdf_url$/;

/** Returns true for the key of a value that only programs use, such as a colour or an API URL. */
export const isForPrograms = (key: string): boolean => PROGRAM.test(key) && !READABLE_URL.test(key);

const wordsIn = (key: string, prefix: string): string =>
  prefix !== '' && key.startsWith(`${prefix}_`) ? key.slice(prefix.length + 1) : key;

function rankOf(key: string, word: string, value: FieldValue, isNamed: boolean): Rank {
  if (NAME.test(word)) return 'name';
  if (CONTENT.test(word)) return isNamed ? 'detail' : 'name';
  if (word === 'when') return 'when';
  if (STATUS.test(word)) return 'status';
  if (VOID.test(key)) return 'void';
  if (isMomentKey(key, value)) return HISTORY.test(key) ? 'history' : 'time';
  if (word === 'duration_minutes') return 'time';
  if (Array.isArray(value)) return isPeopleKey(key) ? 'people' : 'list';
  if (key.endsWith('_names') && isPeopleKey(key.replace(/_names$/, 's'))) return 'people-names';
  if (CONTACT.test(word)) return 'detail';
  if (AMOUNT.test(key) && typeof value === 'number') return 'amount';
  return isForPrograms(key) ? 'program' : 'value';
}

const byPlace = (one: { readonly place: number }, other: { readonly place: number }): number => one.place - other.place;

/**
 * Returns the keys of a group, the keys of its ready-made values, and the position of each key, in the order of the
 * record.
 */
function placesOf({ prefix, entries }: KeyGroup, isSubject: boolean) {
  const values = new Map(entries);
  const words = entries.map(([key]) => wordsIn(key, prefix));
  // A record with a status but without a name, such as an application, is identified by its nested records.
  const isNamed = words.some((word) => NAME.test(word) || word === 'status');
  return withReadyMadeKeys(values, isSubject)
    .map(({ key, source }) => {
      const rank = rankOf(source, wordsIn(source, prefix), values.get(source) ?? null, isNamed);
      return { key, word: wordsIn(key, prefix), place: RANKS.indexOf(rank) };
    })
    .sort(byPlace);
}

const isPerson = ({ prefix, entries }: KeyGroup): boolean =>
  entries.some(([key]) => /^(?:first|last)_name$/.test(wordsIn(key, prefix)));

/** Returns the keys of a list's items and of their ready-made values. Fields for programs come last. */
function itemKeysInOrder(item: Item): string[] {
  const keys = withReadyMadeKeys(new Map(Object.entries(item)), false).map(({ key }) => key);
  return keys.sort((one, other) => Number(isForPrograms(one)) - Number(isForPrograms(other)));
}

/** Derives the static keys of an object from a subject that has every field of TutorCruncher's newer shape. */
export function layoutOf(prefix: string, fullSubject: JsonObject): Layout {
  const values = new KeyedValues();
  collectSubject({ ...withoutUser(fullSubject), extra_attrs: null }, prefix, new Map(), values);
  const entries = Object.entries(values.record);
  const [own = { prefix, entries: [] }, ...nested] = values.groups.map((group, position): KeyGroup => ({
    prefix: group.prefix,
    entries: entries.slice(group.index, values.groups[position + 1]?.index),
  }));
  const groups = nested
    .toSorted((one, other) => Number(isPerson(other)) - Number(isPerson(one)))
    .map((group) => ({ word: wordsIn(group.prefix, prefix), places: placesOf(group, false) }));
  const leadsOf = (leaders: readonly string[], rank: Rank) =>
    leaders
      .flatMap((leader) => groups.filter(({ word }) => word === leader))
      .flatMap(({ places }) => places.filter(({ word }) => FULL_NAME.test(word) || word === 'when'))
      .map((one) => ({ ...one, place: RANKS.indexOf(rank) }));
  const leads = [...leadsOf(LEADERS, 'leader'), ...leadsOf(LEADING_THINGS, 'leading-thing')];
  const head = [...placesOf(own, true), ...leads].sort(byPlace).map(({ key }) => key);
  const leadKeys = leads.map(({ key }) => key);
  const tail = groups.flatMap(({ places }) => places.map(({ key }) => key)).filter((key) => !leadKeys.includes(key));
  const itemKeys = entries.flatMap(([key, value]) =>
    Array.isArray(value) && value[0] ? [[key, itemKeysInOrder(value[0])] as const] : [],
  );
  return layoutWith({
    prefix,
    keys: [...head, ...tail],
    headLength: head.length,
    customFieldsAt: WITH_TEXT_IN_CUSTOM_FIELDS.has(prefix) ? leadKeys.length : null,
    leads: leadKeys,
    itemKeys: Object.fromEntries(itemKeys),
  });
}
