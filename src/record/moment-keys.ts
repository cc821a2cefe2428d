/** Keys that hold a moment: a date with a time. */

import type { FieldValue } from './record.ts';

const OFFSET_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Returns true for a date-time with an offset from UTC, as TutorCruncher sends it. */
export const isOffsetDateTime = (value: unknown): boolean => typeof value === 'string' && OFFSET_DATE_TIME.test(value);

/** Returns true for a date without a time. */
export const isPlainDate = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);

/** Matches the names of keys that hold date-times, for keys that are null in the sample. */
const DATE_TIME_KEY = /_(?:date|dt)_(?!(?:text|date|time)$)[a-z]+$|_[a-z]+_dt$/;

/**
 * Returns true for a key that holds a date-time.
 *
 * @param value - its value in a sample record
 */
export const isMomentKey = (key: string, value: FieldValue): boolean =>
  value === null ? DATE_TIME_KEY.test(key) : isOffsetDateTime(value);
