/** The order of a subject's collected values in its record. */

import type { KeyedValues } from './keyed-values.ts';
import { addTimes, fillTimes } from './ready-made-times.ts';
import type { FlatRecord, Layout } from './record.ts';
import type { TimeZone } from './time-zone.ts';

/** The index of a record's first key among the added keys. */
export interface GroupStart {
  readonly prefix: string;
  readonly index: number;
}

/** The positions of a subject's fields among the added keys. */
export interface Sections {
  /** The subject itself, followed by the records nested in it. */
  readonly groups: readonly GroupStart[];
  /** The index of the first custom field. */
  readonly customFields: number;
}

/** Layout without static keys. */
export const NO_LAYOUT: Omit<Layout, 'prefix'> = {
  keys: [],
  ownKeys: new Set(),
  nestedKeys: new Set(),
  times: { moments: [], dates: [], span: null },
  blank: {},
  blankItems: new Map(),
};

/**
 * Returns the record of a subject. It contains the subject itself with its ready-made times, the records nested in it,
 * and its custom fields. In the first two groups, fields that are unknown to this version follow the static keys in the
 * order in which they were sent.
 */
export function placedRecord(
  out: KeyedValues,
  { ownKeys, nestedKeys, times }: Omit<Layout, 'prefix'>,
  { groups: [, firstNested], customFields }: Sections,
  timeZone: TimeZone,
): FlatRecord {
  const { record, added } = out;
  fillTimes(record, times, timeZone);
  // If there are no unknown fields, the keys are already in this order. Placing them again would take 4 µs per lesson.
  if (customFields === 0) return record;

  const placed: FlatRecord = {};
  const place = (key: string): void => {
    placed[key] = record[key] ?? null;
  };
  const nestedStart = firstNested?.index ?? customFields;
  for (const key of ownKeys) place(key);
  for (const key of added.slice(0, nestedStart)) {
    place(key);
    addTimes(placed, key, timeZone, (textKey) => out.has(textKey));
  }
  for (const key of nestedKeys) place(key);
  for (const key of added.slice(nestedStart)) place(key);
  return placed;
}
