/**
 * The academic years that a step accepts, against the stand-in for TutorCruncher's API. Accounts have different
 * academic years.
 */

import { describe, expect, it } from '@jest/globals';

import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, fieldsOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** Makes TutorCruncher's description of the list of students contain these academic years, or no fields. */
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
const GRADES = { 2: 'Grade 1', 11: 'Grade 10', kg: 'Kindergarten', '12b': 'Resit', p1: 'Preschool' };

const sentYears = () => tutorCruncher.writes().map(({ body }) => body?.academic_year);
const create = (academic_year: unknown) => act('create_student', { last_name: 'R', academic_year });
const fieldShown = async () => (await fieldsOf('create_student')).find(({ key }) => key === 'academic_year');
const yearsShown = async () => Object.keys((await fieldShown())?.choices ?? {}).join(', ');

describe.each([
  [
    'the years that TutorCruncher describes',
    { years: GRADES, exact: 'Grade 10', inOtherCase: ' grade  10 ', sent: 11 },
    /^Grade 1, Grade 10, adult, Kindergarten, Resit, Preschool$/,
  ],
  [
    'the usual years otherwise',
    { years: null, exact: 'Year 9', inOtherCase: 'YEAR 9', sent: 10 },
    /^Reception, Year 1, .*, Year 13$/,
  ],
])('an academic year is one of %s', (_which, { years, exact, inOtherCase, sent }, names) => {
  it('in the dropdown of the editor, and in any letter case in a step, which sends its number', async () => {
    listDescribes(years);
    expect(await yearsShown()).toMatch(names);
    await create(exact);
    await create(inOtherCase);
    expect(sentYears()).toEqual([sent, sent]);
  });

  it.each(['Year 14', '9', 9])('and %j is refused before anything is sent', async (year) => {
    listDescribes(years);
    const [, listed] =
      /^The field "Academic Year" of this step must contain an academic year in words: (.*)\.$/.exec(
        await failureOf(create(year)),
      ) ?? [];
    expect(listed).toMatch(names);
    expect(sentYears()).toEqual([]);
  });
});

it('an academic year becomes the value that TutorCruncher describes, even if it is not a number', async () => {
  listDescribes(GRADES);
  for (const year of ['Kindergarten', 'Resit', 'Preschool']) await create(year);
  expect(sentYears()).toEqual(['kg', '12b', 'p1']);
});

it('the editor shows the usual years if TutorCruncher rejects the key', async () => {
  tutorCruncher.now.behaviour.intercept = () => [401, { detail: 'Invalid token.' }];
  expect(await yearsShown()).toMatch(/^Reception, /);
});

it('a step without an academic year does not read the years', async () => {
  listDescribes(GRADES);
  await act('create_student', { last_name: 'R' });
  expect(tutorCruncher.requests().filter(({ method }) => method === 'OPTIONS')).toEqual([]);
});

it('the help text that warns of other years belongs only to the usual years', async () => {
  listDescribes(GRADES);
  expect(await fieldShown()).not.toHaveProperty('helpText');
  listDescribes(null);
  expect(await fieldShown()).toMatchObject({
    label: 'Academic Year',
    helpText: expect.stringMatching(/^The year in a/),
  });
});
