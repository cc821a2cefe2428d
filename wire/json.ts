/** Type guards for values that arrived as JSON. */

/** A JSON value that is neither a list nor an object. */
export type Scalar = string | number | boolean | null;
/** A JSON object with unchecked values. */
export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Finds an integer of at least 16 digits, or a text that looks like one, in a fraction of the time of a parse. */
const LONG_INTEGER = /[-:,[\s]\d{16}/;

/** Strings and numbers of a JSON text. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Puts an integer that a JavaScript number cannot represent in quotation marks. */
const quotedIfUnsafe = (token: string): string =>
  /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;

/**
 * Parses JSON as `JSON.parse` does, except that integers beyond 2^53 become texts, which keep all their digits.
 *
 * @throws {SyntaxError} if the text is not JSON
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Quotation marks could make JSON of a text that is none, so the text has been parsed as it is before.
  return LONG_INTEGER.test(text) ? JSON.parse(text.replace(STRING_OR_NUMBER, quotedIfUnsafe)) : value;
}

/** Returns a scalar unchanged, undefined as null, and anything else as JSON text. */
export const toScalar = (value: unknown): Scalar =>
  value === undefined ? null : isScalar(value) ? value : JSON.stringify(value);

/**
 * Returns true if a parsed JSON value nests deeper than `levels` lists and objects. The walk is iterative, so that a
 * hostile body cannot overflow the call stack.
 */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > levels) return true;
    const next: object[] = [];
    for (const parent of level) {
      for (const child of (Array.isArray(parent) ? parent : Object.values(parent)) as unknown[]) {
        if (typeof child === 'object' && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return false;
}
