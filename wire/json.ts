/** Guards for values that came from outside as JSON. */

export type Scalar = string | number | boolean | null;
export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** A scalar as it is, anything else as JSON text, nothing as null. */
export const toScalar = (value: unknown): Scalar =>
  value === undefined ? null : isScalar(value) ? value : JSON.stringify(value);

/**
 * Whether a parsed JSON value nests deeper than `levels` lists and objects. Walks level by level: the depth of what
 * was sent never becomes depth of recursion.
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
