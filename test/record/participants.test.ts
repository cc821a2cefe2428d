/** The people that a lesson or a job names. */

import { expect, it } from '@jest/globals';

import { CLASS_JOB, CLASS_LESSON, CLASS_TUTORS, FAMILIES, WITHOUT_CLIENT } from '../../local/events/class-of-nine.ts';
import {
  nameInRow,
  participantsIn,
  peopleIn,
  rowsById,
  rowsOfPerson,
  type Person,
} from '../../src/record/participants.ts';
import type { JsonObject } from '../../wire/json.ts';

const CASES: readonly (readonly [noun: string, subject: JsonObject, students: string, tutors: string])[] = [
  ['lesson', CLASS_LESSON, 'rcras', 'cjas'],
  ['job', CLASS_JOB, 'rcrs', 'conjobs'],
];

it.each(CASES)(
  'a %s has a run for each person, whom a row names by an id or a record',
  (_noun, subject, students, tutors) => {
    const idsOf = (kind: Person['kind'], whole: JsonObject, isRecord = false) =>
      participantsIn(whole, kind, isRecord)?.map(({ person }) => person.id) ?? null;
    expect(idsOf('client', subject)).toEqual(FAMILIES.map(({ client }) => String(client)));
    expect(idsOf('student', subject)).toHaveLength(9);
    expect(idsOf('tutor', subject)).toEqual([...CLASS_TUTORS.keys()].map(String));
    const nested = { [tutors]: [{ contractor: { id: '402' } }], [students]: [WITHOUT_CLIENT] };
    expect([idsOf('tutor', nested), idsOf('client', nested), idsOf('student', nested)]).toEqual([
      ['402'],
      [],
      ['80900'],
    ]);
    expect(participantsIn(nested, 'student', false)?.[0]?.people).toEqual({ [students]: [WITHOUT_CLIENT] });

    for (const whole of [{}, { [students]: null }, { [students]: [{ recipient: 1 }] }, { [students]: ['Leo'] }]) {
      expect(idsOf('client', whole, true)).toBeNull();
    }
    expect(idsOf('student', { [students]: [{ recipient: null, paying_client: 1 }] }, true)).toBeNull();
    expect([idsOf('client', { [students]: [] }), idsOf('client', { [students]: [] }, true)]).toEqual([null, []]);
  },
);

it('the people are unknown if their list is missing', () => {
  expect(peopleIn({}, 'client')).toBeNull();
});

it('the rows of a client are those of the students of the client, if all rows have an id', () => {
  const rcras = [
    { recipient: 1, paying_client: 7 },
    { recipient: 2, paying_client: { id: 7 } },
    { recipient: 3, paying_client: 8 },
  ];
  const rows = rowsById({ rcras }, 'student');
  expect([...(rows ?? new Map<string, JsonObject>()).keys()]).toEqual(['1', '2', '3']);
  expect([...rowsOfPerson(rows ?? new Map<string, JsonObject>(), { kind: 'client', id: '7' }).keys()]).toEqual([
    '1',
    '2',
  ]);
  expect(rowsById({ rcras: [...rcras, { recipient: null }] }, 'student')).toBeNull();
});

it.each([
  ['client', { paying_client: { id: 7, first_name: 'Priya', last_name: 'Raman' } }, 'Priya Raman'],
  ['student', { recipient: 1, recipient_name: 'Leo Raman' }, 'Leo Raman'],
  ['tutor', { contractor: 402, name: 'Hannah Whitlock' }, 'Hannah Whitlock'],
  ['student', { recipient: 1, name: 'Maths' }, null],
] as const)('the name of a %s in the row %j is %j', (kind, row, name) => {
  expect(nameInRow(row, kind)).toBe(name);
});
