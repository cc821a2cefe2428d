/**
 * Converts a list of records to line items, which are flat records with equal keys, or to the names of the list's
 * entries.
 */

import { isJsonObject, isScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import type { KeyedValues } from './keyed-values.ts';
import { blankOf, type Item } from './record.ts';
import { isBlank, joinedName, joinNames, joinScalars, nameOf } from './values.ts';

/**
 * Maximum number of nulls that are added to the lists of one record. A list that would exceed this number is converted
 * to JSON text.
 */
const MAX_FILLED = 500_000;

/** Number of nulls that have been added so far to fill the lists of a record. */
export interface FillCount {
  count: number;
}

/**
 * Gives all items of a list the same keys, with null for missing values. Returns JSON text if the record would have too
 * many nulls.
 *
 * @param blank - an item in which all static keys are null. Each of the `items` started as a copy of this item.
 * @param filled - the record's count of nulls, which this call increases
 */
export function fillItems(
  items: readonly KeyedValues<Scalar>[],
  blank: Readonly<Item>,
  filled: FillCount,
): Item[] | string {
  const records = items.map(({ record }) => record);
  const added = items.flatMap((item) => item.added);
  const blankWithAll = { ...blank, ...blankOf(new Set(added)) };
  const nulls = items.length * Object.keys(blankWithAll).length - added.length;
  if (filled.count + nulls > MAX_FILLED) return JSON.stringify(records);
  filled.count += nulls;
  if (added.length === 0) return records;
  return records.map((record) => ({ ...blankWithAll, ...record }));
}

/** Converts a list inside an item to text: the names of its entries, or JSON if an entry has no name. */
export function listInItem(list: readonly unknown[]): string {
  const names = list.map((entry) => {
    if (isJsonObject(entry)) return typeof entry.name === 'string' ? entry.name : joinedName(entry);
    return isScalar(entry) ? entry : null;
  });
  return names.every((name) => name !== null) ? joinScalars(names) : JSON.stringify(list);
}

const namesIn = (students: unknown): unknown[] =>
  (Array.isArray(students) ? (students as unknown[]) : [students])
    .filter(isJsonObject)
    .map((student) => (isBlank(nameOf(student)) ? student.recipient_name : nameOf(student)));

/** Returns the names of the students of one charge: the charge's own student and the students of its lesson. */
const namesInCharge = ({ service_recipient, appointment }: JsonObject): unknown[] => [
  ...namesIn(service_recipient),
  ...(isJsonObject(appointment) ? [...namesIn(appointment.service_recipients), ...namesIn(appointment.rcras)] : []),
];

/**
 * Returns the names of the students of all charges of an invoice or a payment order, joined with ", " and without
 * duplicates; null if no charge has a student.
 */
export function chargedStudentNames(charges: readonly unknown[]): string | null {
  const names = charges
    .filter(isJsonObject)
    .flatMap(namesInCharge)
    .filter((name) => typeof name === 'string');
  const distinct = new Set(names.map((name) => name.trim()).filter((name) => name !== ''));
  return distinct.size > 0 ? joinNames([...distinct]) : null;
}
