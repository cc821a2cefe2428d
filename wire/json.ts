/** Type guards for values that arrived as JSON. */

/** A JSON value that is neither a list nor an object. */
export type Scalar = string | number | boolean | null;
/** A JSON object with unchecked values. */
export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

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
