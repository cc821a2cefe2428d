/** Types of the flat records that a Zap receives. */

import type { Scalar } from '../../wire/json.ts';

/** A line item: one flat element of a list. */
export type Item = Record<string, Scalar>;

export type FieldValue = Scalar | Item[];

/** A record that is one level deep. Each key holds a scalar or a list of flat items. */
export type FlatRecord = Record<string, FieldValue>;

/** Returns an object with the given keys, in which all values are null. */
export const blankOf = (keys: Iterable<string>): Record<string, null> =>
  Object.fromEntries(Array.from(keys, (key) => [key, null]));
