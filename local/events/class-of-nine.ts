/**
 * A lesson and a job for nine students of seven clients, with two tutors. Each family has different ids, names and
 * rates.
 */

import { client } from '../../objects/client.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';

/** A student of a family. */
interface ClassStudent {
  readonly id: number;
  readonly name: string;
  readonly rate: string;
}

/** A client with the client's students in the class. */
export interface ClassFamily {
  readonly client: number;
  readonly name: string;
  readonly address: string;
  readonly students: readonly ClassStudent[];
}

const family = (index: number, name: string, ...children: readonly string[]): ClassFamily => ({
  client: 70_100 + index,
  name: `Parent ${name}`,
  address: `${name} House, Bristol`,
  students: children.map((child, number) => ({
    id: 80_100 + 10 * index + number,
    name: `${child} ${name}`,
    rate: `${31 + index}.${number}7`,
  })),
});

/** The seven families. The first two families have two children each in the class. */
export const FAMILIES: readonly [ClassFamily, ClassFamily, ClassFamily, ...ClassFamily[]] = [
  family(1, 'Abara', 'Ama', 'Kofi'),
  family(2, 'Bellini', 'Chiara', 'Dario'),
  family(3, 'Castellan', 'Emil'),
  family(4, 'Dvorak', 'Petra'),
  family(5, 'Eriksen', 'Signe'),
  family(6, 'Farouk', 'Salma'),
  family(7, 'Garnier', 'Luc'),
];

/** The clients of the families as TutorCruncher's API returns them. */
export const FAMILY_CLIENTS = FAMILIES.map(({ client: id, name }) => {
  const [first_name = '', last_name = ''] = name.split(' ');
  return {
    ...client.sample.subject,
    id,
    url: `https://app.tutorcruncher.com/api/clients/${id}/`,
    first_name,
    last_name,
    email: `${last_name}@example.com`.toLowerCase(),
  };
});

/** The tutors of the class, keyed by id. */
export const CLASS_TUTORS = new Map([
  [402, 'Hannah Whitlock'],
  [403, 'Samuel Okoro'],
]);

/** A lesson's rows about the students of the class. */
export const STUDENT_ROWS: readonly JsonObject[] = FAMILIES.flatMap(({ client: id, name, students }) =>
  students.map((student) => ({
    recipient: student.id,
    recipient_name: student.name,
    paying_client: id,
    paying_client_name: name,
    charge_rate: student.rate,
    status: 'attended',
  })),
);

/** A row about a student who has no client. */
export const WITHOUT_CLIENT: JsonObject = {
  recipient: 80_900,
  recipient_name: 'Solo Zander',
  paying_client: null,
  paying_client_name: '',
  charge_rate: '59.97',
  status: 'attended',
};

/** A lesson's rows about the tutors of the class. */
export const TUTOR_ROWS: readonly JsonObject[] = Array.from(CLASS_TUTORS, ([contractor, name], index) => ({
  contractor,
  name,
  pay_rate: `2${index}.19`,
}));

/** The fields of a lesson that make it a lesson of the class. */
export const CLASS_LESSON: JsonObject = { rcras: STUDENT_ROWS, cjas: TUTOR_ROWS };

/** The fields of a job that make it the job of the class. */
export const CLASS_JOB: JsonObject = {
  rcrs: STUDENT_ROWS.map((row, index) => ({ ...row, agent: 90_100 + index, agent_name: `Agent ${index}` })),
  conjobs: TUTOR_ROWS,
};

/** Returns the location of a family's house. */
export const houseOf = ({ client: owner, name, address }: ClassFamily): JsonObject => ({
  id: 60_000 + owner,
  name: `Home of ${name}`,
  role: owner,
  latitude: `51.${owner}`,
  address,
});

/** Keys of values that the office writes. */
const WRITTEN_BY_OFFICE = new Set(['lesson_topic', 'job_name', 'job_description']);

/** Returns the texts by which a family could be recognized. */
const tracesOf = ({ client: id, name, address, students }: ClassFamily): string[] => [
  ...[String(id), name, address],
  ...students.flatMap((student) => [String(student.id), student.name, student.rate]),
];

/** Returns the values of a record in which any other family can be recognized. */
export const tracesOfOthers = (record: FlatRecord, own: readonly ClassFamily[]): string[] => {
  const traces = FAMILIES.filter((each) => !own.includes(each)).flatMap(tracesOf);
  return Object.entries(record)
    .filter(([key]) => !WRITTEN_BY_OFFICE.has(key))
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .filter((text) => traces.some((trace) => text.includes(trace)));
};
