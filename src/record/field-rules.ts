/**
 * API words → product words. TutorCruncher's API and its product speak two languages (an API "appointment" is the
 * product's "lesson"); everything a user reads speaks the product's. The wire's field names are documented in
 * TutorCruncher's API docs; the translation is this project's contract (docs of record keys).
 */

import { isObjectWord } from '../../wire/models.ts';

/** Names of several words, longest first: a match wins over its single words. */
const PHRASES: [phrase: string[], product: string][] = [
  [['pro', 'forma', 'invoice'], 'credit_request'],
  [['pro', 'forma', 'invoices'], 'credit_requests'],
  [['service', 'recipient'], 'student'],
  [['service', 'recipients'], 'students'],
  [['paying', 'client'], 'client'],
  [['paying', 'clients'], 'clients'],
  [['proforma', 'invoice'], 'credit_request'],
  [['proforma', 'invoices'], 'credit_requests'],
  [['con', 'job'], 'tutor'],
  [['con', 'jobs'], 'tutors'],
  [['pro', 'forma'], 'credit_request'],
  [['pro', 'formas'], 'credit_requests'],
];

const PHRASE_STARTS = new Set(PHRASES.map(([[start]]) => start));

const WORDS = new Map<string, string>([
  ['adhoc', 'ad_hoc'],
  ['dft', 'default'],
]);
for (const [api, product] of [
  ['service', 'job'],
  ['contractor', 'tutor'],
  ['conjob', 'tutor'],
  ['cja', 'tutor'],
  ['recipient', 'student'],
  ['sr', 'student'],
  ['rcr', 'student'],
  ['rcra', 'student'],
  ['agent', 'affiliate'],
  ['appointment', 'lesson'],
  ['apt', 'lesson'],
  ['tender', 'application'],
  ['ahc', 'ad_hoc_charge'],
] as const) {
  WORDS.set(api, product);
  WORDS.set(`${api}s`, `${product}s`);
}

/** Names are words; what is longer than this would make keys that nobody reads and everything slow. */
const MAX_NAME = 200;

/**
 * A name as keys may carry it: at most 200 characters of it, lower case, every run of other characters than a-z and 0-9 one underscore, none at the
 * ends.
 *
 * @returns the slug; empty when nothing is left of the name
 */
export function slug(name: string): string {
  if (name.length <= MAX_NAME && /^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name)) return name;
  return name
    .slice(0, MAX_NAME)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

/**
 * An API field name in product words.
 *
 * @param fieldName - as TutorCruncher sends it, e.g. `dft_contractor_rate`
 * @returns e.g. `default_tutor_rate`; `field` when no letter or digit is left of the name
 */
export function translate(fieldName: string): string {
  const words = slug(fieldName).split('_');
  const translated: string[] = [];
  for (let i = 0; i < words.length;) {
    const word = words[i] ?? '';
    const phrase = PHRASE_STARTS.has(word)
      ? PHRASES.find(([parts]) => parts.every((part, offset) => words[i + offset] === part))
      : undefined;
    translated.push(phrase ? phrase[1] : (WORDS.get(word) ?? word));
    i += phrase ? phrase[0].length : 1;
  }
  return translated.join('_') || 'field';
}

/** Fields besides the objects themselves where TutorCruncher puts a record, in product words. */
const RECORD_WORDS = new Set([
  'admin',
  'associated_admin',
  'associated_affiliate',
  'category',
  'creator',
  'default_location',
  'focus',
  'location',
  'payee',
  'payer',
  'pipeline_stage',
  'role',
  'work_done_details',
]);

/** The objects that are people. */
export type People = 'client' | 'tutor' | 'student' | 'affiliate';

/** Lists whose entries are people; those of the subject itself stand under the bare plural. */
const PEOPLE = new Map<string, People>([
  ['clients', 'client'],
  ['tutors', 'tutor'],
  ['students', 'student'],
  ['affiliates', 'affiliate'],
]);

/** Lists of records that also get a text of their names, besides those of people. */
const NAMED_LISTS = new Set(['labels', 'skills', 'institutions']);

/** Names under which TutorCruncher sends now text and now a number. */
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

const NUMBER_ENDINGS = /_(?:rate|units|balance|id)$/;

const STUDENT_KEYS = ['id', 'name', 'client_id', 'client_name', 'charge_rate', 'status'];
const TUTOR_KEYS = ['id', 'name', 'pay_rate'];

/** Keys that the students and tutors of a lesson (`rcras`, `cjas`) and a job (`rcrs`, `conjobs`) have in common. */
const ITEM_KEYS = new Map<string, readonly string[]>([
  ['rcras', STUDENT_KEYS],
  ['rcrs', STUDENT_KEYS],
  ['cjas', TUTOR_KEYS],
  ['conjobs', TUTOR_KEYS],
]);

/** In both shapes of a skill: the older one has texts where the newer one has records. */
const SKILL_KEYS = ['id', 'subject', 'level', 'subject_id', 'subject_category', 'level_id'];

/** What a field's name alone says about it. */
export interface FieldRule {
  /** The name in product words. */
  readonly word: string;
  /** The name is an object's: a record here starts that object's prefix anew. */
  readonly isObject: boolean;
  /** A record may stand here, so a bare number is its id and a bare text its name. */
  readonly isRecord: boolean;
  /** A plain decimal sent as text is a number. */
  readonly isNumber: boolean;
  /** The entries of such a list are people of this kind. */
  readonly people: People | null;
  /** The name is the plural of people and nothing else. */
  readonly isPeopleAlone: boolean;
  /** Such a list has only records as entries, even while it is empty, and gets a text of their names beside it. */
  readonly isNamedList: boolean;
  /** The entries of such a list are skills. */
  readonly isSkills: boolean;
  /** Keys that every item of such a list has, before all others. */
  readonly itemKeys: readonly string[];
}

// Names come from payloads, so the memory of them must have an end.
const MAX_RULES = 2000;
const rules = new Map<string, FieldRule>();

/**
 * What is known of a field by its name.
 *
 * @param fieldName - as TutorCruncher sends it
 */
export function fieldRule(fieldName: string): FieldRule {
  const known = rules.get(fieldName);
  if (known) return known;

  const word = translate(fieldName);
  const lastWord = word.slice(word.lastIndexOf('_') + 1);
  const isSkills = lastWord === 'skills';
  const people = PEOPLE.get(lastWord) ?? null;
  const rule: FieldRule = {
    word,
    isObject: isObjectWord(word),
    isRecord: isObjectWord(word) || RECORD_WORDS.has(word),
    // An invoice's "display_id" is a text such as "INV-48", not an id of a record.
    isNumber: fieldName !== 'display_id' && (NUMBERS.has(fieldName) || NUMBER_ENDINGS.test(fieldName)),
    people,
    isPeopleAlone: PEOPLE.has(word),
    isNamedList: people !== null || NAMED_LISTS.has(lastWord),
    isSkills,
    itemKeys: isSkills ? SKILL_KEYS : (ITEM_KEYS.get(fieldName) ?? []),
  };
  if (rules.size >= MAX_RULES) rules.clear();
  if (fieldName.length <= MAX_NAME) rules.set(fieldName, rule);
  return rule;
}
