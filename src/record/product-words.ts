/**
 * Translation of API words to product words. TutorCruncher's API and its product use different names for the same
 * things, and everything that users read uses the product's names. TutorCruncher's API docs list the API names.
 */

/** Longer names are truncated, because they would make keys unreadable and take time. */
const MAX_NAME_LENGTH = 200;

/** Product words by API words, without plurals. Longer phrases take precedence. */
const SINGULARS = [
  ['pro_forma_invoice', 'credit_request'],
  ['proforma_invoice', 'credit_request'],
  ['pro_forma', 'credit_request'],
  ['service_recipient', 'student'],
  ['paying_client', 'client'],
  ['con_job', 'tutor'],
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
] as const;

/** Number of words in the longest phrase. */
const MAX_PHRASE_WORDS = 3;

const TRANSLATIONS = new Map<string, string>([
  ['adhoc', 'ad_hoc'],
  ['dft', 'default'],
]);
for (const [api, product] of SINGULARS) TRANSLATIONS.set(api, product).set(`${api}s`, `${product}s`);

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
  for (let start = 0; start < words.length;) {
    const partOf = (length: number) => words.slice(start, start + length).join('_');
    let length = Math.min(MAX_PHRASE_WORDS, words.length - start);
    while (length > 1 && !TRANSLATIONS.has(partOf(length))) length--;
    const part = partOf(length);
    translated.push(TRANSLATIONS.get(part) ?? part);
    start += length;
  }
  return translated.join('_') || 'field';
}
