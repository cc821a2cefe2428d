/** Helpers that convert events and records to other forms, and that check the form of a record. */

import type { FlatRecord } from '../../src/record/record.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject } from '../../wire/json.ts';

/** Returns a record as the app would make it without the currency of the branch. */
export const withoutCurrency = (record: FlatRecord): FlatRecord =>
  JSON.parse(JSON.stringify(record).replaceAll('£', '')) as FlatRecord;

const USER_FIELDS = [
  ...['title', 'first_name', 'last_name', 'email', 'mobile', 'phone', 'street', 'state', 'town', 'country', 'postcode'],
  ...['latitude', 'longitude', 'date_created', 'timezone'],
];

/** Converts an event to TutorCruncher's older shape: a person's fields in a `user` record, and no photo. */
export function inOlderShape(event: TutorCruncherEvent): TutorCruncherEvent {
  const entries = Object.entries(event.subject).filter(([name]) => name !== 'photo');
  const isUserField = ([name]: [string, unknown]) => USER_FIELDS.includes(name);
  return {
    ...event,
    subject: {
      ...Object.fromEntries(entries.filter((entry) => !isUserField(entry))),
      user: Object.fromEntries(entries.filter(isUserField)),
    },
  };
}

/** Returns the keys of a record as they are spelled in output fields, including the keys of line items. */
export const keysOf = (record: FlatRecord): string[] =>
  Object.entries(record).flatMap(([key, value]) =>
    Array.isArray(value) ? (value[0] ? Object.keys(value[0]).map((itemKey) => `${key}[]${itemKey}`) : []) : [key],
  );

/** Returns true if no value in a record is nested more deeply than the fields of a line item. */
export const isFlat = (record: FlatRecord): boolean =>
  Object.values(record).every((value) =>
    Array.isArray(value)
      ? value.every((item) => isJsonObject(item) && Object.values(item).every((field) => !isNested(field)))
      : !isNested(value),
  );

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;
