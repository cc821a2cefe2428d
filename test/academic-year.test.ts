/** The academic years that a step accepts, which differ between accounts, against the stand-in for TutorCruncher's API. */

import { describe, expect, it } from '@jest/globals';

import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, fieldsOf } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** Makes the list of students describe these academic years, or none of its fields. */
const listDescribes = (years: Readonly<Record<string, string>> | null): void => {
  const choices = Object.entries(years ?? {}).map(([value, display_name]) => ({ value, display_name }));
  const POST = {
    academic_year: {
      type: 'choice',
      choices: [{ value: '', display_name: '---------' }, { value: 'adult' }, ...choices],
    },
  };
  tutorCruncher.now.behaviour.intercept = ({ method, path }) => {
    if (method === 'OPTIONS') return years ? [200, { actions: { POST } }] : [405, {}];
    return method === 'POST' && path === '/api/recipients/' ? [201, { id: 503 }] : null;
  };
};
const GRADES = { 2: 'Grade 1', 11: 'Grade 10', kg: 'Kindergarten' };

const sentYears = () => tutorCruncher.writes().map(({ body }) => body?.academic_year);
const create = (academic_year: unknown) => act('create_student', { last_name: 'R', academic_year });
const refusal = (years: string): string =>
  `The field "Academic Year" of this step must contain an academic year in words: ${years}.`;

describe.each([
  [
    'the years that TutorCruncher describes',
    GRADES,
    'Grade 10',
    ' grade  10 ',
    11,
    'Grade 1, Grade 10, adult, Kindergarten',
  ],
  ['the usual years otherwise', null, 'Year 9', 'YEAR 9', 10, /^Reception, Year 1, .*, Year 13$/],
] as const)('an academic year is one of %s', (_which, years, exact, inOtherCase, sent, names) => {
  it('in the dropdown of the editor', async () => {
    listDescribes(years);
    const field = (await fieldsOf('create_student')).find(({ key }) => key === 'academic_year');
    expect(Object.keys(field?.choices ?? {}).join(', ')).toMatch(names);
    expect(field?.choices).toMatchObject({ [exact]: exact });
  });

  it('in any letter case, and becomes its number', async () => {
    listDescribes(years);
    await create(exact);
    await create(inOtherCase);
    expect(sentYears()).toEqual([sent, sent]);
  });

  it.each(['Year 14', '9', 9])('and %j is refused before anything is sent', async (year) => {
    listDescribes(years);
    const message = await failureOf(create(year));
    expect(message).toMatch(/^The field "Academic Year" of this step must contain an academic year in words: /);
    if (typeof names === 'string') expect(message).toBe(refusal(names));
    expect(sentYears()).toEqual([]);
  });
});

it('an academic year becomes the value that TutorCruncher describes, even if it is not a number', async () => {
  listDescribes(GRADES);
  await create('Kindergarten');
  expect(sentYears()).toEqual(['kg']);
});

it('the editor shows the usual years if TutorCruncher rejects the key', async () => {
  tutorCruncher.now.behaviour.intercept = () => [401, { detail: 'Invalid token.' }];
  const field = (await fieldsOf('create_student')).find(({ key }) => key === 'academic_year');
  expect(field?.choices).toHaveProperty('Year 9');
});

it('a step without an academic year does not read the years', async () => {
  listDescribes(GRADES);
  await act('create_student', { last_name: 'R' });
  expect(tutorCruncher.requests().filter(({ method }) => method === 'OPTIONS')).toEqual([]);
});
