/** The placement of a subject's collected values in its record. */

import type { KeyedValues } from './keyed-values.ts';
import type { FlatRecord, Layout } from './record.ts';

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
  itemKeys: new Map(),
};

/** Adds the values from one index to another to a record, except for static keys of nested records. */
function placeUnknown(
  { values }: KeyedValues,
  [start, end]: readonly [number, number],
  nestedKeys: ReadonlySet<string>,
  record: FlatRecord,
): void {
  let index = -1;
  for (const [key, value] of values) {
    index++;
    if (index >= end) break;
    if (index >= start && !nestedKeys.has(key)) record[key] = value;
  }
}

/**
 * Adds the fields of a subject to a record: the subject itself, the records nested in it and its custom fields. In each
 * of the first two, the static keys are followed by fields unknown to this version, in order of arrival.
 */
export function placeSubject(
  out: KeyedValues,
  { ownKeys, nestedKeys }: Omit<Layout, 'prefix'>,
  { groups: [own, firstNested], customFields }: Sections,
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
  // Assigning a key again keeps its place, so static keys need no check here.
  if (unknown > 0) placeUnknown(out, [start, nestedStart], nestedKeys, record);
  for (const key of nestedKeys) record[key] = values.get(key) ?? null;
  if (unknown > 0 || customFields < values.size) {
    placeUnknown(out, [unknown > 0 ? nestedStart : customFields, values.size], nestedKeys, record);
  }
}
