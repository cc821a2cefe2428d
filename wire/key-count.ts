/**
 * The number of keys in an event. TutorCruncher's largest records have a few thousand keys. Records with many times as
 * many take seconds to parse and to flatten, so they are recognised in the text of the delivery.
 */

/** Maximum number of keys in an event's subject, at all levels. */
export const MAX_KEYS = 20_000;

/** Length of the shortest field: `"":0,`. */
const MIN_FIELD_LENGTH = 5;

/** Levels of lists and objects around the fields of an event: the delivery, its list of events, and the event. */
const EVENT_DEPTH = 3;

/** Returns the index of the quotation mark that ends a string; the length of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslash = end - 1;
    while (text[backslash] === '\\') backslash--;
    if ((end - backslash) % 2 === 1) return end;
  }
  return text.length;
}

/** Returns true if a field of an event in a body contains more than {@link MAX_KEYS} keys, without parsing the body. */
export function hasTooManyKeys(body: string): boolean {
  if (body.length < MAX_KEYS * MIN_FIELD_LENGTH) return false;
  let depth = 0;
  let keys = 0;
  for (let index = 0; index < body.length; index++) {
    const character = body[index];
    if (character === '"') index = endOfString(body, index);
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') {
      if (--depth <= EVENT_DEPTH) keys = 0;
    } else if (character === ':' && depth > EVENT_DEPTH && ++keys > MAX_KEYS) return true;
  }
  return false;
}
