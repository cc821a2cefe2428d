/**
 * Rules that derive the type of a field and its keys in a record from the field's name (TutorCruncher's API docs, one
 * page per object).
 */

import { isObjectWord } from '../../wire/models.ts';
import { isAddressPart } from './address.ts';
import { isPaymentDetail } from './payment-details.ts';
import { translate } from './product-words.ts';
import { blankOf } from './record.ts';

/** Product words of the fields that can hold a person. */
const PERSON_WORDS = new Set([
  ...['client', 'tutor', 'student', 'affiliate'],
  ...['admin', 'associated_admin', 'associated_affiliate', 'creator', 'payee', 'payer', 'role'],
]);

/**
 * Product words of the other fields that can hold a record, except for fields with the name of an object, which can
 * always hold a record.
 */
const RECORD_WORDS = new Set([
  ...['category', 'default_location', 'focus', 'location', 'pipeline_stage', 'related_item', 'work_done_details'],
]);

/** Last words of the keys of lists of people. The key of a subject's own list consists of only this word. */
const PEOPLE = new Set(['clients', 'tutors', 'students', 'affiliates']);

const lastWordOf = (key: string): string => key.slice(key.lastIndexOf('_') + 1);

/** Returns true for a key of a list of people, such as `students` or `client_paid_students`. */
export const isPeopleKey = (key: string): boolean => PEOPLE.has(lastWordOf(key));

/** Last words of the keys of other lists whose entries have names. A record joins these names into a text. */
const NAMED_LISTS = new Set(['labels', 'skills', 'institutions']);

/** Names of the fields whose numbers TutorCruncher sometimes sends as text. */
const NUMBERS = new Set([
  ...['id', 'amount', 'rate', 'units', 'gross', 'net', 'tax', 'tax_amount', 'still_to_pay', 'payment_pending'],
  ...['client_cost', 'pay_contractor', 'charge_client_forex', 'currency_conversion', 'cost', 'bonus_credit'],
  ...['extra_fee_per_apt', 'sr_premium', 'agent_percentage', 'default_charge_amount', 'default_pay_amount'],
  ...['amount_owed', 'amount_paid', 'credit_amount', 'review_rating'],
]);

/** Names of the fields that usually hold text, and sometimes a number or a boolean. */
const TEXTS = new Set(['auto_charge', 'academic_year', 'total_paid_hours']);

const NUMBER_ENDINGS = /_(?:rate|units|balance|id)$/;

const NO_ITEM = blankOf([]);
/** Item keys shared by the older and the newer shape of a skill. */
const SKILL = blankOf(['id', 'subject', 'level', 'subject_id', 'subject_category', 'level_id']);
/** Item keys shared by the students of a lesson (`rcras`) and of a job (`rcrs`). */
const STUDENT = blankOf(['id', 'name', 'client_id', 'client_name', 'charge_rate', 'status']);
/** Item keys shared by the tutors of a lesson (`cjas`) and of a job (`conjobs`). */
const TUTOR = blankOf(['id', 'name', 'pay_rate']);
const PERSON_ITEMS = new Map(Object.entries({ rcras: STUDENT, rcrs: STUDENT, cjas: TUTOR, conjobs: TUTOR }));

/** The rule for a field, which depends only on the field's name. */
export type FieldRule = Readonly<ReturnType<typeof ruleOf>>;

function ruleOf(fieldName: string) {
  const word = translate(fieldName);
  const lastWord = lastWordOf(word);
  const isSkills = lastWord === 'skills';
  const isPeople = PEOPLE.has(lastWord);
  return {
    /** The name in product words. */
    word,
    /**
     * True if the field has the name of an object, such as `client`. The keys of a record in such a field start with
     * the object's name, without the prefix of the parent record.
     */
    isObject: isObjectWord(word),
    /**
     * True if TutorCruncher can send a record in the field. A number in place of the record is the record's id, and a
     * string is the record's name.
     */
    isRecord: isObjectWord(word) || PERSON_WORDS.has(word) || RECORD_WORDS.has(word),
    isPerson: PERSON_WORDS.has(word),
    /**
     * True to convert text to a number. The field "display_id" of an invoice holds a text such as "INV-48", not an id.
     */
    isNumber: fieldName !== 'display_id' && (NUMBERS.has(fieldName) || NUMBER_ENDINGS.test(fieldName)),
    /** True to convert a number or boolean to text. */
    isText: TEXTS.has(fieldName),
    isAddressPart: isAddressPart(fieldName),
    /**
     * True for a field that is never shown in a record, because its value can contain digits of a card or an account.
     */
    isPaymentDetail: isPaymentDetail(fieldName),
    /** The kind of people in a list of this name, such as `student`; null for any other list. */
    people: isPeople ? lastWord.slice(0, -1) : null,
    /** True if the whole name is the plural of a kind of people, such as `students`. */
    isPeopleAlone: PEOPLE.has(word),
    /** True if a record joins the names of the list's entries into a text. The text of an empty list is empty. */
    isNamedList: isPeople || NAMED_LISTS.has(lastWord),
    isSkills,
    /** An object with the keys that come first in every item of a list of this name. All values are null. */
    blankItem: isSkills ? SKILL : (PERSON_ITEMS.get(fieldName) ?? NO_ITEM),
  };
}

/** Maximum number of cached rules. The limit prevents a hostile delivery with many names from using up the memory. */
const MAX_CACHED = 5000;
/** Names with at least this many characters are not cached, because long names would use up the memory. */
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

/** Returns the key of the text that joins the names of a list's entries. */
export const namesKeyOf = (listKey: string): string => `${listKey.slice(0, -1)}_names`;

/** Joins a prefix and a word with an underscore. Returns a word that already starts with the prefix unchanged. */
export const joinKey = (prefix: string, word: string): string =>
  prefix === '' || word === prefix || word.startsWith(`${prefix}_`) ? word : `${prefix}_${word}`;

/** Returns the key prefix of a nested record's fields. @param prefix - key prefix of the parent record */
export const nestedPrefixOf = ({ isObject, word }: FieldRule, prefix: string): string =>
  isObject ? word : joinKey(prefix, word);

const SKILL_RENAMES = new Map([
  ['qual_level', 'level'],
  ['qual_level_name', 'level'],
  ['subject_name', 'subject'],
  ['subject_category_name', 'subject_category'],
]);

/**
 * Returns the function that renames keys in the items of a list. The newer shape of a skill contains records and the
 * older shape contains texts, and both shapes get the same keys. An entry in a list of students represents a student,
 * so its `student_id` becomes the item's `id`.
 */
export function renameInItems({ isSkills, people }: FieldRule): (key: string) => string {
  if (isSkills) return (key) => SKILL_RENAMES.get(key) ?? key.replace(/^qual_(?=level_)/, '');
  const prefix = `${people}_`;
  return (key) => (people !== null && key.startsWith(prefix) ? key.slice(prefix.length) : key);
}
