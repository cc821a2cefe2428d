import { describe, expect, it } from '@jest/globals';

import {
  CLASS_JOB,
  CLASS_LESSON,
  CLASS_TUTORS,
  FAMILIES,
  FAMILY_CLIENTS,
  houseOf,
  STUDENT_ROWS,
  tracesOfOthers,
  TUTOR_ROWS,
  WITHOUT_CLIENT,
} from '../../../local/events/class-of-nine.ts';
import { client } from '../../../objects/client.ts';
import { lesson } from '../../../objects/lesson.ts';
import { flattenSubject } from '../../../src/record/subject.ts';

const [ABARA, BELLINI] = FAMILIES;

/** Returns the values of a field in rows. */
const valuesOf = (rows: unknown, name: string): unknown[] =>
  (rows as Record<string, unknown>[]).map((row) => row[name]);

describe('the families', () => {
  it('have nine students, of whom two families have two each', () => {
    expect(FAMILIES.map(({ students }) => students.length)).toEqual([2, 2, 1, 1, 1, 1, 1]);
    expect(ABARA).toEqual({
      client: 70_101,
      name: 'Parent Abara',
      address: 'Abara House, Bristol',
      students: [
        { id: 80_110, name: 'Ama Abara', rate: '32.07' },
        { id: 80_111, name: 'Kofi Abara', rate: '32.17' },
      ],
    });
  });

  it('share no id, name, address or rate, with each other or with the student without a client', () => {
    const values = [
      ...FAMILIES.flatMap((family) => [family.client, family.name, family.address]),
      ...FAMILIES.flatMap(({ students }) => students.flatMap(({ id, name, rate }) => [id, name, rate])),
      ...['recipient', 'recipient_name', 'charge_rate'].map((name) => WITHOUT_CLIENT[name]),
    ];
    expect(values).toHaveLength(7 * 3 + 10 * 3);
    expect(new Set(values).size).toBe(values.length);
  });

  it('have clients in the format of the API, each with the name and the email address of its family', () => {
    expect(FAMILY_CLIENTS[1]).toEqual({
      ...client.sample.subject,
      id: 70_102,
      url: 'https://app.tutorcruncher.com/api/clients/70102/',
      first_name: 'Parent',
      last_name: 'Bellini',
      email: 'bellini@example.com',
    });
    expect(valuesOf(FAMILY_CLIENTS, 'id')).toEqual(FAMILIES.map((family) => family.client));
  });

  it('have a house each, which belongs to the client', () => {
    expect(houseOf(ABARA)).toEqual({
      id: 130_101,
      name: 'Home of Parent Abara',
      role: 70_101,
      latitude: '51.70101',
      address: 'Abara House, Bristol',
    });
  });
});

describe('the rows of the class', () => {
  it('are about each student with the client and the rate', () => {
    const students = FAMILIES.flatMap((family) => family.students.map((student) => ({ ...student, family })));
    expect(STUDENT_ROWS).toEqual(
      students.map(({ id, name, rate, family }) => ({
        recipient: id,
        recipient_name: name,
        paying_client: family.client,
        paying_client_name: family.name,
        charge_rate: rate,
        status: 'attended',
      })),
    );
    expect(CLASS_LESSON.rcras).toBe(STUDENT_ROWS);
    expect(Object.keys(WITHOUT_CLIENT)).toEqual(Object.keys(STUDENT_ROWS[0] ?? {}));
    expect(WITHOUT_CLIENT).toMatchObject({ paying_client: null, paying_client_name: '' });
  });

  it('are about each tutor with a rate', () => {
    expect(TUTOR_ROWS).toEqual([
      { contractor: 402, name: 'Hannah Whitlock', pay_rate: '20.19' },
      { contractor: 403, name: 'Samuel Okoro', pay_rate: '21.19' },
    ]);
    expect([...CLASS_TUTORS.keys()]).toEqual([402, 403]);
    expect([CLASS_LESSON.cjas, CLASS_JOB.conjobs]).toEqual([TUTOR_ROWS, TUTOR_ROWS]);
  });

  it('name a different affiliate for each student of the job', () => {
    expect(CLASS_JOB.rcrs).toEqual(
      STUDENT_ROWS.map((row) => ({ ...row, agent: expect.any(Number), agent_name: expect.any(String) })),
    );
    expect(valuesOf(CLASS_JOB.rcrs, 'agent')).toEqual(STUDENT_ROWS.map((_row, index) => 90_100 + index));
    expect(new Set(valuesOf(CLASS_JOB.rcrs, 'agent_name')).size).toBe(9);
  });
});

describe('the traces of other families', () => {
  it.each<[trace: string, value: string | number]>([
    ['the id of the client', 70_102],
    ['the name of the client', 'To Parent Bellini.'],
    ['the address', 'Meet at Bellini House, Bristol.'],
    ['the id of the first student', 80_120],
    ['the name of the first student', 'With Chiara Bellini.'],
    ['the rate of the first student', 33.07],
    ['the id of the second student', '80121'],
    ['the name of the second student', 'Dario Bellini'],
    ['the rate of the second student', '33.17'],
    ['the id in a link', 'https://app.tutorcruncher.com/clients/70102/'],
  ])('are found by %s', (_trace, value) => {
    const record = { id: '1', lesson_notes: value, lesson_status: 'planned' };
    const found = [`lesson_notes: ${JSON.stringify(value)}`];
    expect(tracesOfOthers(record, [ABARA])).toEqual(found);
    expect(tracesOfOthers(record, [])).toEqual(found);
    expect(tracesOfOthers(record, [BELLINI])).toEqual([]);
    expect(tracesOfOthers(record, [ABARA, BELLINI])).toEqual([]);
  });

  it('are found in lists, in each field, and for each family', () => {
    const [students, others] = [[{ name: 'Luc Garnier' }], [{ name: 'Ama Abara' }]];
    const record = { students, others, tutor_names: 'Signe Eriksen', student_names: '', notes: null };
    expect(tracesOfOthers(record, [ABARA])).toEqual([
      'students: [{"name":"Luc Garnier"}]',
      'tutor_names: "Signe Eriksen"',
    ]);
  });

  it('are not found in texts that the office writes', () => {
    const texts = { lesson_topic: 'Chiara Bellini', job_name: 'Parent Bellini', job_description: '70102' };
    expect(tracesOfOthers(texts, [ABARA])).toEqual([]);
    expect(tracesOfOthers({ ...texts, client_name: 'Parent Bellini' }, [ABARA])).toHaveLength(1);
  });

  it.each(FAMILIES.map((family) => [family.name, family] as const))(
    'are not found in a record of %s',
    (_name, family) => {
      const rows = STUDENT_ROWS.filter((row) => row.paying_client === family.client);
      const subject = { ...lesson.sample.subject, ...CLASS_LESSON, rcras: [...rows, WITHOUT_CLIENT] };
      const record = flattenSubject({ ...subject, location: houseOf(family) }, lesson.layout);
      expect(tracesOfOthers(record, [family])).toEqual([]);
      expect(tracesOfOthers(record, [])).not.toEqual([]);
    },
  );
});
