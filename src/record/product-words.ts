/**
 * Translation of API words to product words. TutorCruncher's API and its product use different names for the same
 * things, and everything that users read uses the product's names. TutorCruncher's API docs list the API names.
 */

/** Longer names are truncated, because they would make keys unreadable and take time. */
const MAX_NAME_LENGTH = 200;

/** Translations of several words. Longer phrases come first, and a phrase takes precedence over its single words. */
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

/**
 * Converts a name to the format of keys: at most 200 characters, in lower case, with one underscore for each run of
 * characters other than a-z and 0-9, and no underscore at either end.
 *
 * @returns an empty string if the name contains no letter or digit
 */
export const slug = (name: string): string =>
  name
    .slice(0, MAX_NAME_LENGTH)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

/**
 * Translates an API field name to product words.
 *
 * @param fieldName - the name as TutorCruncher sends it, such as `dft_contractor_rate`
 * @returns the translation, such as `default_tutor_rate`; `field` if the name contains no letter or digit
 */
export function translate(fieldName: string): string {
  const words = slug(fieldName).split('_');
  const translated: string[] = [];
  for (let i = 0; i < words.length;) {
    const word = words[i] ?? '';
    const phrase = PHRASES.find(([parts]) => parts.every((part, offset) => words[i + offset] === part));
    translated.push(phrase ? phrase[1] : (WORDS.get(word) ?? word));
    i += phrase ? phrase[0].length : 1;
  }
  return translated.join('_') || 'field';
}
