/** Facts about a field that depend only on its name (TutorCruncher's API docs, one page per object). */

import { isObjectWord } from '../../wire/models.ts';
import { isAddressPart } from './addresses.ts';
import { translate } from './product-words.ts';
import { blankOf, type Item } from './record.ts';

/** Fields in which TutorCruncher sends a person, in product words. */
const PERSON_WORDS = new Set([
  ...['client', 'tutor', 'student', 'affiliate'],
  ...['admin', 'associated_admin', 'associated_affiliate', 'creator', 'payee', 'payer', 'role'],
]);

/** Other fields in which TutorCruncher sends a record, in product words. */
const RECORD_WORDS = new Set([
  ...['category', 'default_location', 'focus', 'location', 'pipeline_stage', 'related_item', 'work_done_details'],
]);

/** Objects that are people. */
export type People = 'client' | 'tutor' | 'student' | 'affiliate';

/** Lists of people. The key of a subject's own list is the plural alone. */
const PEOPLE = new Map<string, People>([
  ['clients', 'client'],
  ['tutors', 'tutor'],
  ['students', 'student'],
  ['affiliates', 'affiliate'],
]);

/** Returns true for a key of a list of people, such as `students` or `client_paid_students`. */
export const isPeopleKey = (key: string): boolean => PEOPLE.has(key.slice(key.lastIndexOf('_') + 1));

/** Other lists for which a record also contains their entries' names as text. */
const NAMED_LISTS = new Set(['labels', 'skills', 'institutions']);

/** Fields in which TutorCruncher sometimes sends numbers as text. */
const NUMBERS = new Set([
  ...['id', 'amount', 'rate', 'units', 'gross', 'net', 'tax', 'tax_amount', 'still_to_pay', 'payment_pending'],
  ...['client_cost', 'pay_contractor', 'charge_client_forex', 'currency_conversion', 'cost', 'bonus_credit'],
  ...['extra_fee_per_apt', 'sr_premium', 'agent_percentage', 'default_charge_amount', 'default_pay_amount'],
  ...['amount_owed', 'amount_paid', 'credit_amount', 'review_rating'],
]);

/** Fields in which TutorCruncher usually sends text, but sometimes a number or boolean. */
const TEXTS = new Set(['auto_charge', 'academic_year']);

const NUMBER_ENDINGS = /_(?:rate|units|balance|id)$/;

const STUDENT_KEYS = ['id', 'name', 'client_id', 'client_name', 'charge_rate', 'status'];
const TUTOR_KEYS = ['id', 'name', 'pay_rate'];

/** Item keys that lessons (`rcras`, `cjas`) and jobs (`rcrs`, `conjobs`) have in common. */
const ITEM_KEYS = new Map<string, readonly string[]>([
  ['rcras', STUDENT_KEYS],
  ['rcrs', STUDENT_KEYS],
  ['cjas', TUTOR_KEYS],
  ['conjobs', TUTOR_KEYS],
]);

/** Item keys of skills in both shapes. The older shape contains texts, and the newer shape contains records. */
const SKILL_KEYS = ['id', 'subject', 'level', 'subject_id', 'subject_category', 'level_id'];

/** Facts about a field that follow from its name. */
export interface FieldRule {
  /** The name in product words. */
  readonly word: string;
  /**
   * True if the name is an object's name, so that the keys of a record in this field start with the object's prefix.
   */
  readonly isObject: boolean;
  /**
   * True if TutorCruncher may send a record here, so that a number alone is the record's id and a text alone is its
   * name.
   */
  readonly isRecord: boolean;
  /** True if the record in this field is a person. */
  readonly isPerson: boolean;
  /** True to convert a plain decimal in text to a number. */
  readonly isNumber: boolean;
  /** True to convert a number or boolean to text. */
  readonly isText: boolean;
  /** True if the field is a part of an address. */
  readonly isAddressPart: boolean;
  /** The kind of people in a list of this name; null for any other list. */
  readonly people: People | null;
  /** True if the whole name is a plural of people. */
  readonly isPeopleAlone: boolean;
  /**
   * True if a list of this name contains records whose names a record also contains as text. This also applies to an
   * empty list.
   */
  readonly isNamedList: boolean;
  /** True if a list of this name contains skills. */
  readonly isSkills: boolean;
  /** The first keys of every item in a list of this name, all null. */
  readonly blankItem: Readonly<Item>;
}

function ruleOf(fieldName: string): FieldRule {
  const word = translate(fieldName);
  const lastWord = word.slice(word.lastIndexOf('_') + 1);
  const isSkills = lastWord === 'skills';
  const people = PEOPLE.get(lastWord) ?? null;
  return {
    word,
    isObject: isObjectWord(word),
    isRecord: isObjectWord(word) || PERSON_WORDS.has(word) || RECORD_WORDS.has(word),
    isPerson: PERSON_WORDS.has(word),
    // An invoice's "display_id" is a text such as "INV-48", not the id of a record.
    isNumber: fieldName !== 'display_id' && (NUMBERS.has(fieldName) || NUMBER_ENDINGS.test(fieldName)),
    isText: TEXTS.has(fieldName),
    isAddressPart: isAddressPart(fieldName),
    people,
    isPeopleAlone: PEOPLE.has(word),
    isNamedList: people !== null || NAMED_LISTS.has(lastWord),
    isSkills,
    blankItem: blankOf(isSkills ? SKILL_KEYS : (ITEM_KEYS.get(fieldName) ?? [])),
  };
}

/** The same names occur in every delivery. The bounds protect against hostile deliveries. */
const MAX_CACHED = 5000;
const MAX_CACHED_NAME = 200;
const cache = new Map<string, FieldRule>();

/** Returns the rule for a field. @param fieldName - the name as TutorCruncher sends it */
export function fieldRule(fieldName: string): FieldRule {
  const known = cache.get(fieldName);
  if (known) return known;
  const rule = ruleOf(fieldName);
  if (cache.size >= MAX_CACHED) cache.clear();
  if (fieldName.length < MAX_CACHED_NAME) cache.set(fieldName, rule);
  return rule;
}
