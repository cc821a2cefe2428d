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

/** Fields other than objects and people in which TutorCruncher sends a record, in product words. */
const RECORD_WORDS = new Set([
  'category',
  'default_location',
  'focus',
  'location',
  'pipeline_stage',
  'work_done_details',
]);

/** Objects that are people. */
export type People = 'client' | 'tutor' | 'student' | 'affiliate';

/** Lists of people. The subject's own lists get the bare plural as key. */
const PEOPLE = new Map<string, People>([
  ['clients', 'client'],
  ['tutors', 'tutor'],
  ['students', 'student'],
  ['affiliates', 'affiliate'],
]);

/** Returns true for a key of a list of people, such as `students` or `client_paid_students`. */
export const isPeopleKey = (key: string): boolean => PEOPLE.has(key.slice(key.lastIndexOf('_') + 1));

/** Lists, other than lists of people, for which a record also contains a text of their entries' names. */
const NAMED_LISTS = new Set(['labels', 'skills', 'institutions']);

/** Fields in which TutorCruncher sends numbers sometimes as text. */
const NUMBERS = new Set([
  'id',
  'amount',
  'rate',
  'units',
  'gross',
  'net',
  'tax',
  'tax_amount',
  'still_to_pay',
  'payment_pending',
  'client_cost',
  'pay_contractor',
  'charge_client_forex',
  'currency_conversion',
  'cost',
  'bonus_credit',
  'extra_fee_per_apt',
  'sr_premium',
  'agent_percentage',
  'default_charge_amount',
  'default_pay_amount',
  'amount_owed',
  'amount_paid',
  'review_rating',
]);

/** Fields in which TutorCruncher sends texts and sometimes numbers or booleans. */
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

/** Item keys of skills in both shapes: the older one contains texts, the newer one records. */
const SKILL_KEYS = ['id', 'subject', 'level', 'subject_id', 'subject_category', 'level_id'];

/** Facts about a field that follow from its name. */
export interface FieldRule {
  /** The name in product words. */
  readonly word: string;
  /** The name is an object's name, so the keys of a record in this field start with that object's prefix. */
  readonly isObject: boolean;
  /** A record may be sent here, so a bare number is the record's id and a bare text is its name. */
  readonly isRecord: boolean;
  /** The record sent here is a person. */
  readonly isPerson: boolean;
  /** A plain decimal sent as text is converted to a number. */
  readonly isNumber: boolean;
  /** A number or boolean is converted to text. */
  readonly isText: boolean;
  /** The field is a part of an address. */
  readonly isAddressPart: boolean;
  /** The kind of people in a list of this name; null for any other list. */
  readonly people: People | null;
  /** The whole name is a plural of people. */
  readonly isPeopleAlone: boolean;
  /** A list of this name contains records, even if it is empty, and has a text with their names. */
  readonly isNamedList: boolean;
  /** A list of this name contains skills. */
  readonly isSkills: boolean;
  /** The first keys of every item in a list of this name, all null. */
  readonly blankItem: Readonly<Item>;
}

/**
 * Returns the rule for a field.
 *
 * @param fieldName - the name as TutorCruncher sends it
 */
export function fieldRule(fieldName: string): FieldRule {
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
