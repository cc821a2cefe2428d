/** Matches an id: at most 15 digits, because JavaScript cannot represent every longer number exactly. */
const ID = /^[1-9]\d{0,14}$/;

/**
 * Returns a value as an id; null if the value is not an id. The result contains only digits, so it is safe in a path.
 */
export function idOf(value: unknown): string | null {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return ID.test(text) ? text : null;
}
