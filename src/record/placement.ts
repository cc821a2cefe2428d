/** The order of a subject's collected values in its record. */

import type { KeyedValues } from './keyed-values.ts';
import type { Locale } from './locale.ts';
import { fillReadyMade, timeTexts } from './ready-made.ts';
import type { Layout } from './layout.ts';
import type { FlatRecord } from './record.ts';

/**
 * Returns the record of a subject. It contains the subject itself, the records nested in it, and its custom fields, with
 * their ready-made values. In the first two groups, fields that are unknown to this version follow the static keys in
 * the order in which they were sent.
 */
export function placedRecord(
  out: KeyedValues,
  { keys, headLength, customFieldsAt, readyMade, itemReadyMade }: Layout,
  locale: Locale,
): FlatRecord {
  const { record, added, groups } = out;
  fillReadyMade(record, readyMade, locale);
  for (const [list, itemKeys] of itemReadyMade) {
    const items = record[list];
    if (Array.isArray(items)) for (const item of items) fillReadyMade(item, itemKeys, locale);
  }
  // If there are no unknown fields, the keys are already in this order. Placing them again would take 4 µs per lesson.
  const customFields = groups.at(-1)?.index;
  if (customFields === 0 && (customFieldsAt === null || added.length === 0)) return record;

  // The first group has the subject's own keys. The custom fields are a group as well, so there is a second one.
  const nestedStart = groups[1]?.index;
  const placed: FlatRecord = {};
  /** Adds values to the record. A value that the record already has keeps its position. */
  const place = (placedKeys: readonly string[]): void => {
    for (const key of placedKeys) placed[key] = record[key] ?? null;
  };
  if (customFieldsAt !== null) place([...keys.slice(0, customFieldsAt), ...added.slice(customFields)]);
  place(keys.slice(0, headLength));
  for (const key of added.slice(0, nestedStart)) {
    place([key]);
    for (const [end, text] of Object.entries(timeTexts(record[key], locale) ?? {})) {
      if (!out.has(`${key}_${end}`)) placed[`${key}_${end}`] = text;
    }
  }
  place([...keys.slice(headLength), ...added.slice(nestedStart)]);
  return placed;
}
