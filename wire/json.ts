/** Type guards for values that arrived as JSON. */

/** A JSON value that is neither a list nor an object. */
export type Scalar = string | number | boolean | null;
/** A JSON object with unchecked values. */
export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Matches the strings and numbers in a JSON text. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Adds quotation marks to an integer that a JavaScript number cannot represent. */
const quotedIfUnsafe = (token: string): string =>
  /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;

/** Parses a JSON text that `JSON.parse` accepts. Integers beyond 2^53 become strings, so that all digits are kept. */
export const parseWithLongIntegers = (text: string): unknown =>
  JSON.parse(text.replace(STRING_OR_NUMBER, quotedIfUnsafe));

/** Returns a scalar unchanged, undefined as null, and anything else as JSON text. */
export const toScalar = (value: unknown): Scalar =>
  value === undefined ? null : isScalar(value) ? value : JSON.stringify(value);

/**
 * Inspects a parsed JSON value. The walk is iterative, so that a hostile body cannot overflow the call stack.
 *
 * @param levels - the maximum number of levels of lists and objects in the value
 * @returns `isTooDeep` is true for a value with more levels, and `hasLongIntegers` for a value with an integer beyond
 * 2^53, whose last digits may be lost
 */
export function inspectJson(levels: number, value: unknown): { isTooDeep: boolean; hasLongIntegers: boolean } {
  let hasLongIntegers = false;
  let next: (unknown[] | JsonObject)[] = [];
  const visit = (child: unknown): void => {
    if (typeof child === 'number') hasLongIntegers ||= Number.isInteger(child) && !Number.isSafeInteger(child);
    else if (Array.isArray(child) || isJsonObject(child)) next.push(child);
  };
  visit(value);
  for (let depth = 1; next.length > 0; depth++) {
    if (depth > levels) return { isTooDeep: true, hasLongIntegers };
    const level = next;
    next = [];
    for (const parent of level) {
      if (Array.isArray(parent)) parent.forEach(visit);
      else for (const name in parent) visit(parent[name]);
    }
  }
  return { isTooDeep: false, hasLongIntegers };
}
