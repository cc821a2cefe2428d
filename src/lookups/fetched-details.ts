/** Choices to read data that events lack: a person's complete record, or the contact details of a lesson's clients. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { peopleIn } from './first-lessons.ts';
import type { InputField } from '../input-fields.ts';
import type { Lookup } from './lookup.ts';
import { nounOf, readObject, recordOfObject } from '../object-record.ts';
import { withoutUser } from '../record/subject.ts';
import { isBlank } from '../record/values.ts';
import { refersTo } from '../rows.ts';
import type { TutorCruncherObject } from '../tutorcruncher-object.ts';

const MAX_CLIENTS = 3;

const fieldWith = (helpText: string): InputField => ({
  key: 'fetch_details',
  label: 'Fetch Details',
  helpText: `${helpText} If TutorCruncher does not respond, the Zap runs without them, and **Details Fetched** is false.`,
  type: 'boolean',
  required: false,
});

/** Fills in a nested record, of which an event may contain some fields or the id alone. */
function withNestedDetails(carried: unknown, details: unknown): unknown {
  if (!isJsonObject(details) || isBlank(details.id)) return carried;
  if (isJsonObject(carried)) return refersTo(carried, String(details.id)) ? { ...details, ...carried } : carried;
  return refersTo(carried, String(details.id)) ? details : carried;
}

/** Labels, custom fields and students: lists that an event can contain as empty although the record has entries. */
const LISTS: ReadonlySet<string> = new Set(['labels', 'extra_attrs', 'rcras', 'rcrs', 'paid_recipients']);

const isUnsent = (name: string, value: unknown): boolean =>
  LISTS.has(name) && Array.isArray(value) && value.length === 0;

/**
 * Fills in the fields that a subject lacks. The record wins over an empty list of labels, custom fields or students. Every
 * other value of the event stays, even an empty one.
 */
export function withDetails(subject: JsonObject, details: JsonObject | undefined): JsonObject {
  if (!details) return subject;
  const all = withoutUser(details);
  const carried = Object.entries(withoutUser(subject))
    .filter(([name, value]) => !(Object.hasOwn(all, name) && isUnsent(name, value)))
    .map(([name, value]) => [name, withNestedDetails(value, Object.hasOwn(all, name) ? all[name] : undefined)]);
  return { ...all, ...(Object.fromEntries(carried) as JsonObject) };
}

/** Returns the choice to complete the record of a person that the events of a trigger are about. */
export const personDetails = (person: TutorCruncherObject): Lookup => ({
  field: fieldWith(
    `Choose true to read the ${nounOf(person)} from TutorCruncher after each event, which takes one request. Fields that the ` +
      'event lacks, such as labels, are then filled in, and fields that it contains stay as they are, except empty lists ' +
      'of labels, custom fields or students.',
  ),
  sample: { details_fetched: true },
  unknown: { details_fetched: false },
  find: async (subject) => {
    const details = await subject.details();
    if (!details) throw new Error('There are no details.');
    return { fields: { details_fetched: true }, details };
  },
});

/** Returns the choice to read how to reach the clients of a lesson. */
export const clientContacts = (client: TutorCruncherObject): Lookup => ({
  field: fieldWith(
    'Choose true to read the clients of the lesson from TutorCruncher after each event, which takes one request for each of ' +
      'up to three clients. **Client Emails** and **Client Mobiles** then contain how to reach them, separated by commas. ' +
      'Mobile numbers are in international format where the address has a country.',
  ),
  sample: { client_emails: 'priya.raman@example.com', client_mobiles: '+447700900123', details_fetched: true },
  unknown: { client_emails: null, client_mobiles: null, details_fetched: false },
  find: async ({ subject: lesson }, _choice, run, locale) => {
    const ids = peopleIn(lesson, 'paying_client');
    if (ids === null) throw new Error('The lesson does not contain its clients.');
    const read = (id: string) => readObject(run, client, id).catch(() => null);
    const found = (await Promise.all(ids.slice(0, MAX_CLIENTS).map(read))).filter((details) => details !== null);
    const records = found.map((details) => recordOfObject(client, details, locale));
    const joined = (...keys: string[]): string => {
      const values = records.map((record) => keys.map((key) => record[key]).find((value) => !isBlank(value)));
      return [...new Set(values.filter((value) => typeof value === 'string'))].join(', ');
    };
    return {
      fields: {
        client_emails: joined('client_email'),
        client_mobiles: joined('client_mobile_international', 'client_mobile'),
        details_fetched: found.length === ids.length,
      },
    };
  },
});
