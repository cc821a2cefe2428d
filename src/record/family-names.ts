/**
 * Finds names of people in texts. If a Zap runs for a person, no text in the record is allowed to name another family.
 * Names are found in any spelling: with tags, entities or accents, in any letter case, with the last name first, or
 * with a title.
 */

import { comparable } from './spelling.ts';
import { decoded } from './plain-text.ts';

/** Names in all their spellings, in lower case and with single spaces between words. */
export type Spellings = ReadonlySet<string>;

/**
 * Words that identify the word next to them as a last name. A last name on its own can be an ordinary word, such as
 * Young or Reading.
 */
const TITLES: ReadonlySet<string> = new Set([
  ...['mr', 'mister', 'mrs', 'ms', 'miss', 'mx', 'master', 'madam', 'sir', 'lady', 'lord'],
  ...['dr', 'doctor', 'prof', 'professor', 'rev', 'family'],
]);

/** Matches the entity of a letter with an accent, such as `&eacute;`. The accent is ignored. */
const ACCENTED = /&([a-z])(?:acute|grave|circ|uml|tilde|ring|cedil|caron|slash|macr|breve|ogon|dot);/gi;
const TAG = /<[^<>]*>/g;
/** Maximum number of times that the entities in a text are decoded. Other software can encode a text more than once. */
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

/** Returns a text without tags and entities. @param separator - the text that replaces a tag */
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
 * Returns the words of a text in each possible reading, because a tag or an apostrophe can separate two words
 * (Bellini's) or stand within a word (O'Brien).
 */
function readings(text: string): string[][] {
  const texts = /[<&]/.test(text) ? [bare(text, ''), bare(text, ' ')] : [text];
  const plain = texts.map(plainLetters);
  const spelled = new Set([...plain, ...plain.map((each) => each.replaceAll("'", ''))]);
  return [...spelled].map((each) => each.split(/[^\p{L}\p{N}]+/u).filter(Boolean));
}

/** Returns the rotations of a name's words, such as Ana da Silva, da Silva Ana, and Silva Ana da. */
const rotations = (words: readonly string[]): string[] =>
  words.map((_word, index) => [...words.slice(index), ...words.slice(0, index)].join(' '));

/**
 * Returns the spellings of the names of people who belong together. Combines each last name with each first name and
 * each title, in both orders. A name that is a single word is treated as a last name.
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
 * Returns the number of words in the longest name that starts at the given word of a text; 0 if no name starts there.
 */
function lengthAt(words: readonly string[], start: number, names: Spellings): number {
  for (let length = Math.min(MAX_NAME_WORDS, words.length - start); length > 1; length--) {
    if (names.has(words.slice(start, start + length).join(' '))) return length;
  }
  return 0;
}

/**
 * Returns true if a text contains one of the given names.
 *
 * @param shown - names that the text is allowed to contain. A name that occurs only within an allowed name is ignored.
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
