import { visibleText } from '../record/spelling.ts';

/** Returns true for a value that counts as empty, such as a zero-width space. 0 and false are not empty. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && visibleText(value).trim() === '') ||
  (Array.isArray(value) && value.every(isEmpty));

/**
 * Returns the entries of a field for several values, including empty entries: the elements of a list, or the parts
 * between commas.
 */
export const entriesOf = (value: unknown): unknown[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((entry) =>
    typeof entry === 'string' ? entry.split(',') : [entry],
  );
