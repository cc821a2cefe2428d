/** The placement of a subject's collected values in its record. */

import type { KeyedValues } from './keyed-values.ts';
import { addTimes, fillTimes } from './ready-made-times.ts';
import type { FlatRecord, Layout } from './record.ts';
import type { TimeZone } from './time-zone.ts';

/** The start of a record's keys among the collected values. */
export interface GroupStart {
  readonly prefix: string;
  readonly index: number;
}

/** The places of a subject's fields among the collected values. */
export interface Sections {
  /** The subject itself, followed by the records nested in it. */
  readonly groups: readonly GroupStart[];
  /** The index of the first custom field. */
  readonly customFields: number;
}

/** The layout of an object without static keys. */
export const NO_LAYOUT: Omit<Layout, 'prefix'> = {
  keys: [],
  ownKeys: new Set(),
  nestedKeys: new Set(),
  times: { moments: [], dates: [], span: null },
  itemKeys: new Map(),
};

/** Adds the values between two indexes to a record, except those that are already in it. */
function placeUnknown(
  { values }: KeyedValues,
  [start, end]: readonly [number, number],
  isPlaced: (key: string) => boolean,
  record: FlatRecord,
  place?: (key: string) => void,
): void {
  let index = -1;
  for (const [key, value] of values) {
    index++;
    if (index >= end) break;
    if (index < start || isPlaced(key)) continue;
    record[key] = value;
    place?.(key);
  }
}

/**
 * Adds the fields of a subject to a record: the subject itself with its ready-made times, the records nested in it and its
 * custom fields. In each of the first two, the static keys are followed by fields unknown to this version, in order of
 * arrival.
 */
export function placeSubject(
  out: KeyedValues,
  { ownKeys, nestedKeys, times }: Omit<Layout, 'prefix'>,
  { groups: [own, firstNested], customFields }: Sections,
  timeZone: TimeZone,
  record: FlatRecord,
): void {
  const { values } = out;
  const start = own?.index ?? 0;
  const nestedStart = firstNested?.index ?? customFields;
  let unknown = customFields - start;
  for (const key of ownKeys) {
    const value = values.get(key);
    record[key] = value ?? null;
    if (value !== undefined) unknown--;
  }
  for (const key of nestedKeys) {
    if (values.has(key)) unknown--;
  }
  fillTimes(record, times, timeZone);

  const isStatic = (key: string) => ownKeys.has(key) || nestedKeys.has(key);
  if (unknown > 0) {
    placeUnknown(out, [start, nestedStart], isStatic, record, (key) => {
      addTimes(record, key, timeZone, (textKey) => values.has(textKey) || isStatic(textKey));
    });
  }
  for (const key of nestedKeys) record[key] = values.get(key) ?? null;
  if (unknown > 0) placeUnknown(out, [nestedStart, customFields], isStatic, record);
  if (customFields < values.size) placeUnknown(out, [customFields, values.size], () => false, record);
}
