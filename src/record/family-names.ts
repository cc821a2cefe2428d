/**
 * Names of people in texts. The record of a run for a person must not contain a text that names another family, however
 * the name is written: with tags, entities or accents, in any letter case, with the last name first, or with a title.
 */

import { comparable } from './spelling.ts';
import { decoded } from './plain-text.ts';

/** Names in all their spellings, in lower case and with single spaces between words. */
export type Spellings = ReadonlySet<string>;

/**
 * Words beside which a last name is recognized. Without such a word, a last name alone can be an ordinary word, such as
 * Young or Reading.
 */
const TITLES: ReadonlySet<string> = new Set([
  ...['mr', 'mister', 'mrs', 'ms', 'miss', 'mx', 'master', 'madam', 'sir', 'lady', 'lord'],
  ...['dr', 'doctor', 'prof', 'professor', 'rev', 'family'],
]);

/** An entity of a letter with an accent, such as `&eacute;`. The accent does not count. */
const ACCENTED = /&([a-z])(?:acute|grave|circ|uml|tilde|ring|cedil|caron|slash|macr|breve|ogon|dot);/gi;
const TAG = /<[^<>]*>/g;
/** Number of times that the entities in a text are decoded, because a text can be encoded again on its way. */
const MAX_ENCODINGS = 3;

/** Letters that Unicode does not decompose into a letter and an accent. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** Returns a text without tags and entities. @param separator - the text in place of a tag */
function bare(text: string, separator: string): string {
  let before = text;
  for (let count = 0; count < MAX_ENCODINGS; count++) {
    const after = decoded(before.replace(TAG, separator).replace(ACCENTED, '$1'));
    if (after === before) break;
    before = after;
  }
  return before.replace(TAG, separator);
}

const plainLetters = (text: string): string =>
  comparable(text)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter);

/**
 * Returns the words of a text in each possible reading: a tag or an apostrophe separates two words (Bellini's), or
 * stands within a word (O'Brien).
 */
function readings(text: string): string[][] {
  const texts = /[<&]/.test(text) ? [bare(text, ''), bare(text, ' ')] : [text];
  const plain = texts.map(plainLetters);
  const spelled = new Set([...plain, ...plain.map((each) => each.replaceAll("'", ''))]);
  return [...spelled].map((each) => each.split(/[^\p{L}\p{N}]+/u).filter(Boolean));
}

/** Returns the words in both orders, divided at each place: Ana da Silva, da Silva Ana, Silva Ana da. */
const rotations = (words: readonly string[]): string[] =>
  words.map((_word, index) => [...words.slice(index), ...words.slice(0, index)].join(' '));

/**
 * Returns the spellings of the names of people who belong together. Each first name is combined with each last name, in
 * both orders, and each last name with each title. A name of one word counts as a last name.
 */
export function spellingsOf(names: readonly string[]): Spellings {
  const all = names
    .flatMap(readings)
    .map((words) => words.slice(words.findIndex((word) => !TITLES.has(word))))
    .filter((words) => words.length > 0);
  const firstNames = all.filter((words) => words.length > 1).map(([first = '']) => first);
  const lastNames = all.flatMap((words) =>
    words.length === 1 ? words : words.slice(1).map((_word, index) => words.slice(index + 1).join(' ')),
  );
  const pairs = lastNames.flatMap((last) =>
    [...firstNames, ...TITLES]
      .filter((word) => word !== last)
      .flatMap((word) => [`${word} ${last}`, `${last} ${word}`]),
  );
  return new Set([...all.filter((words) => words.length > 1).flatMap(rotations), ...pairs]);
}

const MAX_NAME_WORDS = 8;

/**
 * Returns the number of words of the longest name that starts at the given word of a text; 0 if no name starts there.
 */
function lengthAt(words: readonly string[], start: number, names: Spellings): number {
  for (let length = Math.min(MAX_NAME_WORDS, words.length - start); length > 1; length--) {
    if (names.has(words.slice(start, start + length).join(' '))) return length;
  }
  return 0;
}

/**
 * Returns true if a text contains one of these names.
 *
 * @param shown - names that the text may contain. A name that occurs only within such a name does not count.
 */
export function mentions(text: string, names: Spellings, shown: Spellings): boolean {
  return readings(text).some((words) => {
    for (let index = 0; index < words.length;) {
      const allowed = lengthAt(words, index, shown);
      if (lengthAt(words, index, names) > allowed) return true;
      index += Math.max(allowed, 1);
    }
    return false;
  });
}
