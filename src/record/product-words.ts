/**
 * Translates API words (TutorCruncher's API docs) to the words of TutorCruncher's screens. All texts for users use the
 * words of the screens.
 */

/**
 * Maximum length of a name, in characters. Longer names are truncated, because long keys are unreadable and slow to
 * translate.
 */
const MAX_NAME_LENGTH = 200;

/** Product words, keyed by API words, in the singular. Longer phrases take precedence. */
const SINGULARS = {
  pro_forma_invoice: 'credit_request',
  proforma_invoice: 'credit_request',
  pro_forma: 'credit_request',
  service_recipient: 'student',
  paying_client: 'client',
  con_job: 'tutor',
  service: 'job',
  contractor: 'tutor',
  conjob: 'tutor',
  cja: 'tutor',
  recipient: 'student',
  sr: 'student',
  rcr: 'student',
  rcra: 'student',
  agent: 'affiliate',
  appointment: 'lesson',
  apt: 'lesson',
  tender: 'application',
  ahc: 'ad_hoc_charge',
};

const TRANSLATIONS = new Map([
  ['adhoc', 'ad_hoc'],
  ['dft', 'default'],
  ...Object.entries(SINGULARS).flatMap(([api, product]) => [
    [api, product] as const,
    [`${api}s`, `${product}s`] as const,
  ]),
]);

/**
 * Converts a name to the format of keys: at most 200 characters, in lower case, with one underscore for each run of
 * characters other than a-z and 0-9, and no underscore at either end. The result is empty if the name contains no
 * characters a-z or 0-9.
 */
export const slug = (name: string): string =>
  name
    .slice(0, MAX_NAME_LENGTH)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

/** Maximum number of words in a phrase. */
const MAX_WORDS = 6;

/**
 * Replaces phrases in the words of a name, from left to right. The longest phrase takes precedence.
 *
 * @param phrases - the replacements, keyed by the words of each phrase joined with underscores
 * @param otherwise - returns the replacement of a word with which no phrase starts
 */
export function replacePhrases(
  words: readonly string[],
  phrases: ReadonlyMap<string, string>,
  otherwise: (word: string) => string,
): string[] {
  const replaced: string[] = [];
  for (let start = 0, length; start < words.length; start += length) {
    let part: string;
    for (length = Math.min(MAX_WORDS, words.length - start); ; length--) {
      part = words.slice(start, start + length).join('_');
      if (length === 1 || phrases.has(part)) break;
    }
    replaced.push(phrases.get(part) ?? otherwise(part));
  }
  return replaced;
}

/**
 * Translates an API name to product words, such as `dft_contractor_rate` to `default_tutor_rate`. A name without
 * letters and digits, such as `!`, is translated to `field`.
 */
export const translate = (fieldName: string): string =>
  replacePhrases(slug(fieldName).split('_'), TRANSLATIONS, (word) => word).join('_') || 'field';
