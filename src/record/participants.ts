/** Reads the people of a lesson or a job, with their ids and names. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { isRecordId, nameOf } from './values.ts';

/** A kind of person for whom a Zap can run. A family consists of a client and the client's students. */
export type PersonKind = 'client' | 'student' | 'tutor';

/** All kinds of people. */
export const PERSON_KINDS: readonly PersonKind[] = ['client', 'student', 'tutor'];

/** A person for whom a Zap runs. */
export interface Person {
  readonly kind: PersonKind;
  readonly id: string;
}

/**
 * A person who takes part in a lesson or a job. `people` contains the subject's lists of this kind of people, because
 * the event for which the Zap runs can lack these lists.
 */
export interface Participant {
  readonly person: Person;
  readonly people: JsonObject;
}

/**
 * The location of a kind of people in lessons and jobs: the names of the lists, and the field of a row that holds the
 * person.
 */
interface Place {
  readonly lists: readonly string[];
  readonly field: string;
  /** True if the field of a row can be null, because not every student has a client. */
  readonly isOptional?: boolean;
}

const STUDENT_LISTS = ['rcras', 'rcrs'];
const CLIENTS: Place = { lists: STUDENT_LISTS, field: 'paying_client', isOptional: true };
const STUDENTS: Place = { lists: STUDENT_LISTS, field: 'recipient' };
const TUTORS: Place = { lists: ['cjas', 'conjobs'], field: 'contractor' };
const PLACES: Readonly<Record<PersonKind, Place>> = { client: CLIENTS, student: STUDENTS, tutor: TUTORS };

/** Returns the id of a person from a value that is either the id or a nested record; null if the value has no id. */
export const personIdIn = (value: unknown): string | null => {
  const id = isJsonObject(value) ? value.id : value;
  return isRecordId(id) ? String(id) : null;
};

/** Returns the rows of a kind of people; null if the subject does not contain their list. */
export function rowsOf(subject: JsonObject, kind: PersonKind): readonly unknown[] | null {
  const list = PLACES[kind].lists.map((name) => subject[name]).find(Array.isArray);
  return (list as readonly unknown[] | undefined) ?? null;
}

/**
 * Returns the rows of a kind of people, keyed by the person's id; null if the subject lacks the list or a row lacks an
 * id.
 */
export function rowsById(subject: JsonObject, kind: PersonKind): ReadonlyMap<string, JsonObject> | null {
  const rows = rowsOf(subject, kind)?.filter(isJsonObject);
  const entries = rows?.flatMap((row) => {
    const id = personIdIn(row[PLACES[kind].field]);
    return id === null ? [] : [[id, row] as const];
  });
  return entries && entries.length === rowsOf(subject, kind)?.length ? new Map(entries) : null;
}

/** Returns true if a row belongs to a person. The rows of a client are the rows of the client's students. */
export const isRowOf = (row: JsonObject, { kind, id }: Person): boolean => personIdIn(row[PLACES[kind].field]) === id;

/** Returns the rows that belong to a person. @param rows - rows keyed by the id of a person */
export const rowsOfPerson = (rows: ReadonlyMap<string, JsonObject>, person: Person) =>
  new Map([...rows].filter(([, row]) => isRowOf(row, person)));

/** Returns the name of the person in a row of a list of people; null if the row has no name. */
export function nameInRow(row: JsonObject, kind: PersonKind): unknown {
  const { field } = PLACES[kind];
  const person = row[field];
  if (isJsonObject(person)) return nameOf(person);
  return row[`${field}_name`] ?? (kind === 'tutor' ? row.name : null);
}

/**
 * Returns the distinct ids of the people of one kind in a lesson or a job; null if the subject lacks the list or an id.
 */
export function peopleIn(subject: JsonObject, kind: PersonKind): string[] | null {
  const { field, isOptional = false } = PLACES[kind];
  const values = rowsOf(subject, kind)?.map((row) => (isJsonObject(row) ? row[field] : undefined));
  const ids = values?.filter((value) => !(isOptional && value === null)).map(personIdIn) ?? [null];
  return ids.every((id) => id !== null) ? [...new Set(ids)] : null;
}

/**
 * Returns the people of one kind in a lesson or a job; null if the people are unknown. An empty list in an event does
 * not mean that there are no people.
 *
 * @param isRecord - true for a subject that was read from TutorCruncher's API, in which an empty list means that there
 *   are no people
 */
export function participantsIn(subject: JsonObject, kind: PersonKind, isRecord: boolean): Participant[] | null {
  const ids = peopleIn(subject, kind);
  if (ids === null || (ids.length === 0 && !(isRecord || rowsOf(subject, kind)?.length))) return null;
  const lists = PLACES[kind].lists.filter((name) => Array.isArray(subject[name]));
  const people = Object.fromEntries(lists.map((name) => [name, subject[name]]));
  return ids.map((id) => ({ person: { kind, id }, people }));
}
