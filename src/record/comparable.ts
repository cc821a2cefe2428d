/**
 * The normal form of names and other texts for comparison: texts that a reader takes for equal have the same form.
 * Accents count, so José is not Jose.
 */

/** Characters that nobody sees: zero-width spaces and joiners, soft hyphens, marks of the writing direction. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** The apostrophe of keyboards, those of phones and word processors, primes and accents that stand alone. */
const APOSTROPHES = /['‘’‛ʹʻʼʽˈ′´`＇]/g;

/** The hyphens, dashes and minus signs that are as wide as a letter or narrower. */
const HYPHENS = /[-‐‑‒–—―−﹘﹣－]/g;

/** Returns a text without characters that nobody sees. */
export const visibleText = (text: string): string => text.replace(INVISIBLE, '');

/** Returns a text in its plainest spelling, in which apostrophes, hyphens and blanks are those of a keyboard. */
export const plainSpelling = (text: string): string =>
  visibleText(text).normalize('NFC').replace(APOSTROPHES, "'").replace(HYPHENS, '-').replace(/\s+/g, ' ').trim();

/**
 * Returns the normal form of a text for comparison, which ignores letter case and the spelling of single characters.
 */
export const comparable = (text: string): string => plainSpelling(text).toLowerCase();
