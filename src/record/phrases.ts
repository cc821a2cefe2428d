/** Replacement of phrases in names whose words are joined with underscores. */

/** Number of words in the longest phrase of any caller. */
const MAX_WORDS = 6;

/**
 * Replaces phrases in a list of words, from left to right. The longest phrase takes precedence.
 *
 * @param phrases - the replacements, by the words of the phrase joined with underscores
 * @param otherwise - returns the replacement of a word that starts no phrase
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
