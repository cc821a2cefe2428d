/**
 * The normal form of names and other texts for comparison. Texts that look the same to a reader have the same form.
 * Accents count, so José is not Jose.
 */

/** Matches invisible characters: zero-width spaces and joiners, soft hyphens, marks of the writing direction. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Matches the apostrophes of keyboards, phones and word processors, and primes and accents that stand alone. */
const APOSTROPHES = /['‘’‛ʹʻʼʽˈ′´`＇]/g;

/** Matches hyphens, dashes and minus signs that are no wider than a letter. */
const HYPHENS = /[-‐‑‒–—―−﹘﹣－]/g;

/** Returns a text without invisible characters. */
export const visibleText = (text: string): string => text.replace(INVISIBLE, '');

/** Returns a text in its plainest spelling, with the apostrophes, hyphens and spaces of a keyboard. */
export const plainSpelling = (text: string): string =>
  visibleText(text).normalize('NFC').replace(APOSTROPHES, "'").replace(HYPHENS, '-').replace(/\s+/g, ' ').trim();

/**
 * Returns the normal form of a text for comparison, which ignores letter case and the spelling of single characters.
 */
export const comparable = (text: string): string => plainSpelling(text).toLowerCase();
