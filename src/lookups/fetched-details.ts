/** Choices to read data that events lack: a person's full record, or the contact details of a lesson's clients. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import type { InputField } from '../choices/filter-fields.ts';
import type { Lookup } from './lookup.ts';
import { nounOf, readObject, recordOfObject } from '../object/object-record.ts';
import { joinEntries } from '../record/joined-texts.ts';
import type { FlatRecord } from '../record/record.ts';
import { peopleIn, type PersonKind } from '../record/participants.ts';
import { allEnded } from '../all-ended.ts';
import { withoutUser } from '../record/subject.ts';
import { isBlank } from '../record/values.ts';
import { refersTo } from '../api/rows.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

const MAX_CLIENTS = 3;

const fieldWith = (
  helpText: string,
  otherwise = 'the Zap runs without them, and **Details Fetched** is false',
): InputField => ({
  key: 'fetch_details',
  label: 'Fetch Details',
  helpText: `${helpText} If TutorCruncher does not respond, ${otherwise}.`,
  type: 'boolean',
  required: false,
});

/** Fills in a nested record. The event may contain only the id or some fields of the nested record. */
function withNestedDetails(carried: unknown, details: unknown): unknown {
  if (!isJsonObject(details) || isBlank(details.id)) return carried;
  if (isJsonObject(carried)) return refersTo(carried, String(details.id)) ? { ...details, ...carried } : carried;
  return refersTo(carried, String(details.id)) ? details : carried;
}

/**
 * Fields that contain labels, custom fields or students. In an event, these lists can be empty although the record has
 * entries.
 */
const LISTS: ReadonlySet<string> = new Set(['labels', 'extra_attrs', 'rcras', 'rcrs', 'paid_recipients']);

const isUnsent = (name: string, value: unknown): boolean =>
  LISTS.has(name) && Array.isArray(value) && value.length === 0;

/**
 * Fills in the fields that a subject lacks. An empty list of labels, custom fields or students is replaced by the
 * record's list. Nested records are filled in. All other values of the event are kept, even if they are empty.
 */
export function withDetails(subject: JsonObject, details: JsonObject | undefined): JsonObject {
  if (!details) return subject;
  const all = withoutUser(details);
  const carried = Object.entries(withoutUser(subject))
    .filter(([name, value]) => !(Object.hasOwn(all, name) && isUnsent(name, value)))
    .map(([name, value]) => [name, withNestedDetails(value, Object.hasOwn(all, name) ? all[name] : undefined)]);
  return { ...all, ...(Object.fromEntries(carried) as JsonObject) };
}

/** Returns the choice to read the full record of the person who is the subject of a trigger's events. */
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

/**
 * Returns the first value of the given keys that is not blank; null if there is none, or if this value is not a text.
 */
function textIn(record: FlatRecord, ...keys: readonly string[]): string | null {
  const value = keys.map((key) => record[key]).find((each) => !isBlank(each));
  return typeof value === 'string' ? value : null;
}

const MOBILE = ['client_mobile_international', 'client_mobile'];

/**
 * Returns the contact fields for the client of a run. The plural keys ensure that the record of a run for one person
 * has all fields of a run for the whole lesson.
 */
const clientFields = (client: FlatRecord): FlatRecord => ({
  client_first_name: textIn(client, 'client_first_name'),
  client_email: textIn(client, 'client_email'),
  client_mobile: textIn(client, ...MOBILE),
  client_emails: textIn(client, 'client_email'),
  client_mobiles: textIn(client, ...MOBILE),
});

/** Returns the contact fields for the tutor of a run. */
const tutorFields = (tutor: FlatRecord): FlatRecord => ({
  tutor_first_name: textIn(tutor, 'tutor_first_name'),
  tutor_email: textIn(tutor, 'tutor_email'),
  tutor_mobile: textIn(tutor, 'tutor_mobile_international', 'tutor_mobile'),
});

/**
 * Returns the lookup for the contact details of a run's person: the tutor, or the client if the lesson has only one
 * client.
 *
 * @param kind - the kind of people for whom the Zap runs
 */
function personContacts(
  kind: PersonKind,
  client: TutorCruncherObject,
  tutor: TutorCruncherObject,
): Omit<Lookup, 'field' | 'forPerson'> {
  const [person, fieldsOf] = kind === 'tutor' ? [tutor, tutorFields] : [client, clientFields];
  const unknown = { ...fieldsOf({}), details_fetched: false };
  return {
    sample: { ...fieldsOf(person.ownSample), details_fetched: true },
    unknown,
    requestsFor: () => 1,
    find: async ({ subject: lesson }, _choice, run, locale) => {
      const [id, ...others] = peopleIn(lesson, kind === 'tutor' ? 'tutor' : 'client') ?? [];
      const details = id === undefined || others.length > 0 ? null : await readObject(run, person, id);
      if (!details) return { fields: unknown };
      return { fields: { ...fieldsOf(recordOfObject(person, details, locale)), details_fetched: true } };
    },
  };
}

/**
 * Returns the choice to read the contact details of a lesson's clients. If the Zap runs for each person, the choice
 * reads the contact details of the run's person.
 *
 * @param otherwise - the end of the help text, which states the consequence if TutorCruncher does not respond; default:
 *   the Zap runs without the details
 */
export const contacts = (client: TutorCruncherObject, tutor: TutorCruncherObject, otherwise?: string): Lookup => ({
  field: fieldWith(
    'Choose true to read the clients of the lesson from TutorCruncher for each run, which takes one request for each of ' +
      'up to three clients. **Client Emails** and **Client Mobiles** then contain their email addresses and mobile numbers, ' +
      'separated by commas. If the Zap runs for each client or student, one request for each run reads the client, and ' +
      '**Client First Name**, **Client Email** and **Client Mobile** are filled in. If the Zap runs for each tutor, the ' +
      'same fields of the tutor are filled in. Mobile numbers are in international format where the address has a country.',
    otherwise,
  ),
  sample: { client_emails: 'priya.raman@example.com', client_mobiles: '+447700900123', details_fetched: true },
  unknown: { client_emails: null, client_mobiles: null, details_fetched: false },
  requestsFor: (lesson) => Math.min(peopleIn(lesson, 'client')?.length ?? 0, MAX_CLIENTS),
  find: async ({ subject: lesson }, _choice, run, locale) => {
    const ids = peopleIn(lesson, 'client');
    if (ids === null) throw new Error('The lesson does not contain its clients.');
    const read = (id: string) =>
      readObject(run, client, id).catch((error: unknown) => {
        // If the poll fails, the next poll reads the clients again.
        if (!run.isInstant) throw error;
        return null;
      });
    const found = (await allEnded(ids.slice(0, MAX_CLIENTS).map(read))).filter((details) => details !== null);
    const records = found.map((details) => recordOfObject(client, details, locale));
    const joined = (...keys: readonly string[]): string =>
      joinEntries([...new Set(records.map((record) => textIn(record, ...keys)))].filter((value) => value !== null));
    return {
      fields: {
        client_emails: joined('client_email'),
        client_mobiles: joined(...MOBILE),
        details_fetched: found.length === ids.length,
      },
    };
  },
  forPerson: (kind) => personContacts(kind, client, tutor),
});

/** Returns the choice to read the contact details of a student's client, for a trigger that runs for each student. */
export const familyContacts = (client: TutorCruncherObject, tutor: TutorCruncherObject): Lookup => ({
  field: fieldWith(
    'Choose true to read the client of the student from TutorCruncher for each run, which takes one request. **Client First ' +
      'Name**, **Client Email** and **Client Mobile** are then filled in. The mobile number is in international format if ' +
      'the address has a country.',
  ),
  ...personContacts('student', client, tutor),
});
