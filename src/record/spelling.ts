/**
 * Converts names and other texts to a normal form for comparisons. Texts that look the same to a reader have the same
 * form. Accents are significant, so José does not equal Jose.
 */

/**
 * Matches invisible characters, such as zero-width spaces, zero-width joiners, soft hyphens and text-direction marks.
 */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Matches all characters that people type as an apostrophe: typographic apostrophes, and primes and accents that stand
 * alone.
 */
const APOSTROPHES = /['‘’‛ʹʻʼʽˈ′´`＇]/g;

/** Matches all characters that people type as a hyphen: hyphens, dashes and minus signs. */
const HYPHENS = /[-‐‑‒–—―−﹘﹣－]/g;

/** Returns a text without invisible characters. */
export const visibleText = (text: string): string => text.replace(INVISIBLE, '');

/** Returns a text with plain apostrophes, hyphens and single spaces, and without invisible characters. */
export const plainSpelling = (text: string): string =>
  visibleText(text).normalize('NFC').replace(APOSTROPHES, "'").replace(HYPHENS, '-').replace(/\s+/g, ' ').trim();

/** Returns the normal form of a text, which ignores letter case and variants of apostrophes, hyphens and spaces. */
export const comparable = (text: string): string => plainSpelling(text).toLowerCase();
