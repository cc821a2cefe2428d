/**
 * Joins values to form a text, such as the names of a list or the parts of a line in a message. People type these
 * values, so a value can contain a separator or a line break. Separators and line breaks within a value are replaced
 * with spaces, so that a value never looks like several values.
 */

/** Patterns of the characters in a value that are replaced with a space, keyed by the separator of the joined text. */
const SEPARATORS = {
  ', ': /,/g,
  ': ': /:(?!\S)/g,
  ' → ': /→/g,
  ' · ': /·/g,
};
export type Separator = keyof typeof SEPARATORS;

/** Returns a text as a single line. Each run of white space and control characters is replaced with a space. */
export const onOneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** Returns a text as a single entry of a joined text: on one line, with each separator replaced with a space. */
export const entryText = (text: string, separator: Separator = ', '): string =>
  onOneLine(text.replace(SEPARATORS[separator], ' '));

/** Joins texts with ", ". Each text becomes one entry. */
export const joinEntries = (texts: readonly string[]): string => texts.map((text) => entryText(text)).join(', ');

/**
 * Converts the JSON text of a list or an object to a single entry of a joined text. A comma before a space, which
 * occurs only in strings of the JSON text, is escaped, so that the entry remains valid JSON.
 */
export const jsonEntry = (json: string): string => json.replaceAll(', ', '\\u002c ');
