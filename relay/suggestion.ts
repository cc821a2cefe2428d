/** Suggestions for mistyped names of settings, and for mistyped keys of triggers, searches and actions. */

/** Maximum edit distance, as a share of the longer text's length. */
const MAX_DIFFERENCE = 0.4;

/**
 * Returns the number of characters to insert, delete or replace to turn one text into another (Levenshtein distance).
 */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, character] of from.split('').entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const [above = 0, diagonal = 0, left = 0] = [row[column], row[column - 1], next[column - 1]];
      next.push(Math.min(above + 1, left + 1, diagonal + (character === to[column - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Converts a label such as "Invoice Paid" to the form of a key. */
const asKey = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '_');

/** Returns a question such as ` Did you mean "invoice_paid"?`; an empty string if no key resembles the given text. */
export function suggestion(given: string, keys: readonly string[]): string {
  const typed = asKey(given);
  const [nearest] = keys
    .map((key) => ({ key, difference: distance(typed, asKey(key)) / Math.max(typed.length, key.length) }))
    .filter(({ difference }) => difference <= MAX_DIFFERENCE)
    .sort((one, other) => one.difference - other.difference);
  return nearest ? ` Did you mean "${nearest.key}"?` : '';
}
