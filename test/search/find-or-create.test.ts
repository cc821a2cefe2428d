/** Find or Create: the name of the record to create narrows the search. */

import { describe, expect, it } from '@jest/globals';

import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf, findOrCreate } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** Pairs for people, with a person whom the stand-in has. */
const PEOPLE = [
  ['find_client', { id: 301, first: 'Priya', last: 'Raman' }],
  ['find_tutor', { id: 402, first: 'Hannah', last: 'Whitlock' }],
  ['find_student', { id: 503, first: 'Leo', last: 'Raman' }],
  ['find_affiliate', { id: 604, first: 'Owen', last: 'Brook' }],
] as const;

describe.each(PEOPLE)('the pair %s', (key, { id, first, last }) => {
  it('does not find a relative of the person to create', async () => {
    const inputData = { find_last_name: last, first_name: 'Mia', last_name: last };
    const created = await findOrCreate(key, inputData);
    expect(created.id).not.toBe(id);
    expect(tutorCruncher.writes()).toMatchObject([{ body: { first_name: 'Mia', last_name: last } }]);
    expect((await findOrCreate(key, inputData)).id).toBe(created.id);
  });

  it('does not find a namesake of the person to create', async () => {
    const inputData = { find_first_name: first, first_name: first, last_name: 'Novak' };
    expect((await findOrCreate(key, inputData)).id).not.toBe(id);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('does not search by the name of the person to create alone, because it may be the name of a stranger', async () => {
    const inputData = { email: '', find_first_name: ' ', first_name: first, last_name: last };
    expect(await failureOf(findOrCreate(key, inputData))).toMatch(/^This step has no email address.* Fill in "Email"/);
    expect(tutorCruncher.now.requests).toEqual([]);
  });

  it('uses the fields for finding instead of the names of the person to create', async () => {
    const inputData = { find_first_name: first, find_last_name: last, first_name: 'Mia', last_name: 'Novak' };
    expect((await findOrCreate(key, inputData)).id).toBe(id);
  });
});

describe('a student of a client', () => {
  const OF_PRIYA = { client: '301', last_name: 'Raman' };
  const createSibling = () => findOrCreate('find_student', { ...OF_PRIYA, find_first_name: 'Ben', first_name: 'Ben' });

  it('is not a sibling of the student to create', async () => {
    const mia = await findOrCreate('find_student', { ...OF_PRIYA, first_name: 'Mia' });
    expect(mia).toMatchObject({ student_name: 'Mia Raman', client_id: 301 });
    expect((await findOrCreate('find_student', { ...OF_PRIYA, first_name: 'mia' })).id).toBe(mia.id);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('is the only student of the client if the name of the student to create does not differ', async () => {
    expect((await findOrCreate('find_student', OF_PRIYA)).id).toBe(503);
    const other = await findOrCreate('find_student', { ...OF_PRIYA, last_name: 'Novak' });
    expect(other).toMatchObject({ student_name: 'Novak' });
  });

  it('is unclear if the client has several students with the last name of the student to create', async () => {
    await createSibling();
    expect(await failureOf(findOrCreate('find_student', OF_PRIYA))).toMatch(/^This client has several students/);
    expect((await findOrCreate('find_student', { ...OF_PRIYA, find_last_name: 'Raman' })).student_name).toMatch(
      /Raman$/,
    );
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('is the student with the email address, whatever the name of the student to create', async () => {
    const inputData = { ...OF_PRIYA, email: 'leo.raman@example.com', first_name: 'Leonard', last_name: 'R.' };
    expect((await findOrCreate('find_student', inputData)).id).toBe(503);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('a job', () => {
  it('is found only by the field for finding, which may contain a part of its name', async () => {
    const inputData = { name: 'Maths for Mia', charge_rate: '42', pay_rate: '30' };
    expect((await findOrCreate('find_job', { ...inputData, find_name: 'GCSE Maths' })).id).toBe(705);
    expect(await failureOf(findOrCreate('find_job', inputData))).toMatch(/Fill in "Find Name"/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
