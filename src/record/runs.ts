/**
 * The runs of a Zap that runs once for each person of a lesson or a job. The record of such a run describes the same
 * subject with only that person's rows. The rows are removed before the subject becomes a record, so that no key can
 * contain another family's data. Fields are judged by their names, so that this also holds for fields that TutorCruncher
 * adds.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { fieldRule, type FieldRule } from './field-rules.ts';
import type { FlatRecord } from './record.ts';
import { isBlank, isRecordId } from './values.ts';

/** A kind of person for whom a Zap can run. A client and the client's students are a family. */
export type PersonKind = 'client' | 'student' | 'tutor';

/** All kinds of people. */
export const PERSON_KINDS: readonly PersonKind[] = ['client', 'student', 'tutor'];

/** The person of a run. */
export interface Person {
  readonly kind: PersonKind;
  readonly id: string;
}

/** A run: its person, and the list of people among which the person was found. An event may lack this list. */
export interface PersonRun {
  readonly person: Person;
  readonly people: JsonObject;
}

/** The lists of a kind of people in lessons and in jobs, and the field of a row with the id of its person. */
interface Place {
  readonly lists: readonly string[];
  readonly field: string;
  /** True if a row with null in this field is complete: a student may have no client. */
  readonly isOptional?: boolean;
}

const STUDENT_LISTS = ['rcras', 'rcrs'];
const CLIENTS: Place = { lists: STUDENT_LISTS, field: 'paying_client', isOptional: true };
const STUDENTS: Place = { lists: STUDENT_LISTS, field: 'recipient' };
const TUTORS: Place = { lists: ['cjas', 'conjobs'], field: 'contractor' };
const PLACES: Readonly<Record<PersonKind, Place>> = { client: CLIENTS, student: STUDENTS, tutor: TUTORS };

/** Product words of fields in which TutorCruncher may send a client or a student. The role of a location is its owner. */
const FAMILY_WORDS: ReadonlySet<string> = new Set(['client', 'student', 'creator', 'payee', 'payer', 'role']);
const FAMILY_LISTS: ReadonlySet<string> = new Set(['client', 'student']);
const TUTOR: ReadonlySet<string> = new Set(['tutor']);

const idIn = (value: unknown): string | null => {
  const id = isJsonObject(value) ? value.id : value;
  return isRecordId(id) ? String(id) : null;
};

/** Returns the rows of a kind of people; null if the subject does not contain their list. */
function rowsOf(subject: JsonObject, { lists }: Place): readonly unknown[] | null {
  const list = lists.map((name) => subject[name]).find(Array.isArray);
  return (list as readonly unknown[] | undefined) ?? null;
}

/** Returns the distinct ids of the people of a kind in a lesson or a job; null if the subject does not tell all of them. */
export function peopleIn(subject: JsonObject, kind: PersonKind): string[] | null {
  const { field, isOptional = false } = PLACES[kind];
  const values = rowsOf(subject, PLACES[kind])?.map((row) => (isJsonObject(row) ? row[field] : undefined));
  const ids = values?.filter((value) => !(isOptional && value === null)).map(idIn) ?? [null];
  return ids.every((id) => id !== null) ? [...new Set(ids)] : null;
}

/**
 * Returns the runs for the people in a lesson or a job; null if the subject does not tell them. An event may lack its people
 * although its list is empty.
 *
 * @param isRecord - true for a record read from TutorCruncher, in which an empty list has no people
 */
export function runsIn(subject: JsonObject, kind: PersonKind, isRecord: boolean): PersonRun[] | null {
  const ids = peopleIn(subject, kind);
  if (ids === null || (ids.length === 0 && !(isRecord || rowsOf(subject, PLACES[kind])?.length))) return null;
  const lists = PLACES[kind].lists.filter((name) => Array.isArray(subject[name]));
  const people = Object.fromEntries(lists.map((name) => [name, subject[name]]));
  return ids.map((id) => ({ person: { kind, id }, people }));
}

/**
 * The people whom a record may show: the ids of these people, and the fields and kinds of lists that are limited to
 * them.
 */
interface Shown {
  readonly ids: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
  readonly lists: ReadonlySet<string>;
}

/** Returns the people whom the record of a run may show. A family sees its own people and the tutors. */
function shownTo({ kind, id }: Person, subject: JsonObject): Shown {
  if (kind === 'tutor') return { ids: new Set([id]), words: TUTOR, lists: TUTOR };
  const rows = (rowsOf(subject, PLACES[kind]) ?? []).filter(isJsonObject);
  const own = rows.filter((row) => idIn(row[PLACES[kind].field]) === id);
  const family = own.flatMap(({ recipient, paying_client }) => [idIn(recipient), idIn(paying_client)]);
  const ids = [id, ...family, ...(peopleIn(subject, 'tutor') ?? [])].filter((each) => each !== null);
  return { ids: new Set(ids), words: FAMILY_WORDS, lists: FAMILY_LISTS };
}

const isEmpty = (value: unknown): boolean => value === null || value === undefined;

const isForeign = (value: unknown, { word }: FieldRule, { ids, words }: Shown): boolean =>
  words.has(word) && !isEmpty(value) && !ids.has(idIn(value) ?? '');

/** Returns true for an entry of a list of people that names a person whom the record may show. */
const namesShown = (entry: unknown, { ids, words }: Shown): boolean =>
  ids.has(idIn(entry) ?? '') ||
  (isJsonObject(entry) && Object.keys(entry).some((name) => words.has(fieldRule(name).word) && !isEmpty(entry[name])));

/** Returns the entries of a list without other people. */
function shownEntries(list: readonly unknown[], { people }: FieldRule, shown: Shown): unknown[] {
  const isOfPeople = people !== null && shown.lists.has(people);
  return list
    .filter((entry) => !isOfPeople || namesShown(entry, shown))
    .map((entry) => (isJsonObject(entry) ? shownPart(entry, shown, 'entry') : entry))
    .filter((entry) => entry !== null);
}

/**
 * Returns a record without the fields about other people; null for a list entry about another person, or for another
 * person's location.
 */
function shownPart(record: JsonObject, shown: Shown, place: 'subject' | 'field' | 'entry'): JsonObject | null {
  const fields = Object.entries(record).map(([name, value]) => ({ name, value, rule: fieldRule(name) }));
  const foreign = fields.filter(({ value, rule }) => isForeign(value, rule, shown)).map(({ rule }) => rule.word);
  if (foreign.length > 0 && (place === 'entry' || (place === 'field' && foreign.includes('role')))) return null;
  const part = fields
    // The fields beside a person's id have keys such as `client_name`.
    .filter(({ rule }) => !foreign.some((word) => rule.word === word || rule.word.startsWith(`${word}_`)))
    .map(({ name, value, rule }) => {
      if (Array.isArray(value)) return [name, shownEntries(value, rule, shown)] as const;
      if (!isJsonObject(value)) return [name, value] as const;
      return [name, shownPart(value, shown, rule.people === null ? 'field' : 'entry') ?? undefined] as const;
    });
  return Object.fromEntries(part.filter(([, value]) => value !== undefined));
}

/** Returns a lesson or a job with only the rows of a person. A tutor sees all students. */
export const subjectFor = (person: Person, subject: JsonObject): JsonObject =>
  shownPart(subject, shownTo(person, subject), 'subject') ?? {};

const FAMILY_URL = /\/(?:clients|recipients)\/\d+\/?$/;
/** Matches actions of clients. Other actors without a URL are users of the office. */
const BOOKING = /BOOK(?:ED|ING)/;

/** Returns the names in the rows about other families. */
const otherNames = (person: Person, subject: JsonObject): string[] =>
  (rowsOf(subject, STUDENTS) ?? [])
    .filter((row) => isJsonObject(row) && shownPart(row, shownTo(person, subject), 'entry') === null)
    .flatMap((row) => Object.entries(row as JsonObject))
    .flatMap(([name, value]) => (name.endsWith('name') && typeof value === 'string' && !isBlank(value) ? [value] : []));

/** Returns true if the actor of an event is not known to be of the person's family, a tutor, or a user of the office. */
function isOtherActor({ actor, action }: TutorCruncherEvent, person: Person, subjects: readonly JsonObject[]): boolean {
  const id = idIn(actor);
  if (isEmpty(actor) || (id !== null && subjects.some((each) => shownTo(person, each).ids.has(id)))) return false;
  const families = subjects.flatMap((each) => [
    ...(peopleIn(each, 'client') ?? []),
    ...(peopleIn(each, 'student') ?? []),
  ]);
  const url = isJsonObject(actor) ? actor.url : null;
  if (typeof url !== 'string' || FAMILY_URL.test(url) || (url === '' && BOOKING.test(action))) return true;
  return id !== null && families.includes(id);
}

const ABOUT_OTHERS: FlatRecord = {
  event_description: null,
  event_message: null,
  actor_name: null,
  actor_id: null,
  actor_user_id: null,
  actor_url: null,
};

/**
 * Returns the fields of the record of a run that replace fields of the event: its own id, and no actor and no texts if
 * another family caused the event or is named in it.
 *
 * @param subjects - the known states of the event's subject, with all their people
 * @param id - the id of the record of the whole subject
 */
export function eventFieldsFor(
  person: Person,
  event: TutorCruncherEvent,
  subjects: readonly JsonObject[],
  id: string,
): FlatRecord {
  const texts = `${String(toScalar(event.verb))} ${String(toScalar(event.extra_msg))}`;
  const isAboutOthers =
    person.kind !== 'tutor' &&
    (isOtherActor(event, person, subjects) ||
      subjects.some((subject) => otherNames(person, subject).some((name) => texts.includes(name))));
  return { ...(isAboutOthers && ABOUT_OTHERS), id: `${id}:${person.id}` };
}
