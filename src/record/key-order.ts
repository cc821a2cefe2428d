/**
 * The order of a record's static keys. The values that users are most likely to look for come first: the object itself,
 * then the records nested in it, with people before things. Within each of these groups, the order follows from the
 * words of a key and the kind of its value, and otherwise is the order in which TutorCruncher sends the fields.
 */

import { isPeopleKey } from './field-rules.ts';
import { isMomentKey } from './moment-keys.ts';
import type { FieldValue } from './record.ts';

/** The keys of one record: the subject itself or a record nested in it. */
export interface KeyGroup {
  /** The prefix of its keys. */
  readonly prefix: string;
  readonly entries: readonly (readonly [key: string, value: FieldValue])[];
}

/** Kinds of fields, in the order of the record. */
const RANKS = ['name', 'status', 'time', 'person', 'people', 'history', 'value', 'list', 'program'] as const;
type Rank = (typeof RANKS)[number];

const NAME = /^(?:name|first_name|last_name|display_id|display_name|topic)$/;
/** Fields that describe a record without a name. */
const CONTENT = /^(?:description|text)$/;
const STATUS = /^(?:status|complete|approved|active)$/;
const CONTACT = /^(?:email|mobile|phone|address)$/;
/**
 * Times at which the record was created or changed in TutorCruncher, as opposed to times of the lesson, task or payment
 * that it represents.
 */
const HISTORY = /(?:^|_)(?:created|updated)$/;
/** Fields that only programs use. */
const PROGRAM = /(?:^|_)(?:url|machine_name|role_type|ranking|sort_index|colour|icon|latitude|longitude)$/;
const READABLE_URL = /(?:^|_)pdf_url$/;

/** Returns true for the key of a value that only programs use, such as a colour or an API URL. */
export const isForPrograms = (key: string): boolean => PROGRAM.test(key) && !READABLE_URL.test(key);

const wordsIn = (key: string, prefix: string): string =>
  prefix !== '' && key.startsWith(`${prefix}_`) ? key.slice(prefix.length + 1) : key;

function rankOf(key: string, word: string, value: FieldValue, isNamed: boolean): Rank {
  if (NAME.test(word) || (!isNamed && CONTENT.test(word))) return 'name';
  if (STATUS.test(word)) return 'status';
  if (isMomentKey(key, value)) return HISTORY.test(key) ? 'history' : 'time';
  if (Array.isArray(value)) return isPeopleKey(key) ? 'people' : 'list';
  if (CONTACT.test(word) || (key.endsWith('_names') && isPeopleKey(key.replace(/_names$/, 's')))) return 'person';
  return isForPrograms(key) ? 'program' : 'value';
}

/** Returns the keys of one group in the order of the record. */
function orderedKeys({ prefix, entries }: KeyGroup): string[] {
  const words = new Map(entries.map(([key]) => [key, wordsIn(key, prefix)]));
  const isNamed = [...words.values()].some((word) => NAME.test(word));
  const placed = entries.map(([key, value]) => ({
    key,
    place: RANKS.indexOf(rankOf(key, words.get(key) ?? key, value, isNamed)),
  }));
  return placed.sort((a, b) => a.place - b.place).map(({ key }) => key);
}

const isPerson = ({ prefix, entries }: KeyGroup): boolean =>
  entries.some(([key]) => /^(?:first|last)_name$/.test(wordsIn(key, prefix)));

/**
 * Sorts the keys of a record.
 *
 * @param own - the keys of the subject itself
 * @param nested - the keys of each record nested in it, in the order in which they are sent
 */
export function inOrder(own: KeyGroup, nested: readonly KeyGroup[]): { own: string[]; nested: string[] } {
  const people = nested.filter(isPerson);
  const things = nested.filter((group) => !isPerson(group));
  return { own: orderedKeys(own), nested: [...people, ...things].flatMap(orderedKeys) };
}
