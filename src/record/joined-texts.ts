/**
 * Texts that are made of several values with a separator, such as lists of names and the lines of a message. A value
 * can contain anything that a person has typed, so it must be kept from looking like several values or starting a new
 * line.
 */

/** The separators, each with its replacement within a value. */
const SEPARATORS = {
  ', ': /,/g,
  ': ': /:(?!\S)/g,
  ' → ': /→/g,
  ' · ': /·/g,
};
export type Separator = keyof typeof SEPARATORS;

/**
 * Returns a text on one line: line breaks and other control characters, with the spaces around them, become a space.
 */
export const onOneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** Returns a text as one entry of a joined text: on one line, with a space in place of each separator. */
export const entryText = (text: string, separator: Separator = ', '): string =>
  onOneLine(text.replace(SEPARATORS[separator], ' '));

/** Joins texts with ", ", each as one entry. */
export const joinEntries = (texts: readonly string[]): string => texts.map((text) => entryText(text)).join(', ');

/**
 * Returns the JSON text of a list or an object as one entry. Commas in texts within the JSON are escaped, so that the
 * entry remains valid JSON.
 */
export const jsonEntry = (json: string): string => json.replaceAll(', ', '\\u002c ');
