/**
 * TutorCruncher's objects, and their names in the `subject.model` of webhooks. The model is the name that either the
 * API or the product uses (TutorCruncher's API docs, "webhook object").
 */

/** Product names of all objects about which TutorCruncher sends events, keyed by the prefix of their record keys. */
export const OBJECT_NAMES = {
  client: 'Client',
  tutor: 'Tutor',
  student: 'Student',
  affiliate: 'Affiliate',
  job: 'Job',
  application: 'Application',
  lesson: 'Lesson',
  report: 'Report',
  invoice: 'Invoice',
  credit_request: 'Credit Request',
  payment_order: 'Payment Order',
  ad_hoc_charge: 'Ad Hoc Charge',
  package: 'Package',
  note: 'Note',
  task: 'Task',
  wellbeing_concern: 'Wellbeing Concern',
} as const;

/** The key word of an object, such as `lesson` or `credit_request`. */
export type ObjectWord = keyof typeof OBJECT_NAMES;

/** Returns true for the key word of an object. */
export const isObjectWord = (word: string): word is ObjectWord => Object.hasOwn(OBJECT_NAMES, word);

/** Maximum length of a model's name. The limit bounds the time for normalizing a hostile name. */
const MAX_MODEL_LENGTH = 100;

/** Objects, keyed by the normalized spelling of the API name. The product names are added below. */
const MODEL_ALIASES: Record<string, ObjectWord> = {
  contractor: 'tutor',
  recipient: 'student',
  servicerecipient: 'student',
  sr: 'student',
  agent: 'affiliate',
  service: 'job',
  tender: 'application',
  jobapplication: 'application',
  appointment: 'lesson',
  proformainvoice: 'credit_request',
  adhoccharge: 'ad_hoc_charge',
  'safeguarding/wellbeingconcern': 'wellbeing_concern',
};

const normalise = (model: string): string => model.toLowerCase().replace(/[\s_-]+/g, '');

const WORD_BY_MODEL = new Map<string, ObjectWord>(Object.entries(MODEL_ALIASES));
for (const [word, name] of Object.entries(OBJECT_NAMES)) {
  if (isObjectWord(word)) WORD_BY_MODEL.set(normalise(name), word);
}

/** Returns the object that an event's `subject.model` names, in any of its spellings; null for an unknown model. */
export function objectWordOf(model: unknown): ObjectWord | null {
  if (typeof model !== 'string' || model.length > MAX_MODEL_LENGTH) return null;
  return WORD_BY_MODEL.get(normalise(model)) ?? null;
}

/**
 * Words that show that an action or a model is about a wellbeing concern, the most sensitive kind of record that an
 * agency keeps. Exact names would not suffice, because TutorCruncher renames and adds actions.
 */
export const CONCERN_WORDS: readonly string[] = ['wellbeing', 'safeguarding'];

/**
 * Returns true if a name contains one of the given words, regardless of letter case, spaces and hyphens: `Well-being`,
 * `WELL_BEING`.
 */
export function containsWord(words: readonly string[], name: unknown): boolean {
  if (typeof name !== 'string') return false;
  const letters = name.toLowerCase().replace(/[^a-z]+/g, '');
  return words.some((word) => letters.includes(word));
}
