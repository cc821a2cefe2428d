/** Add Skill to Tutor against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';
import { testWrites } from '../support/written-records.ts';

const tutorCruncher = useTutorCruncher();

const add = (inputData: JsonObject = {}) =>
  act('add_tutor_skill', { tutor: '402', subject: '32', level: '7', ...inputData });

testWrites(tutorCruncher, {
  add_tutor_skill: {
    request: 'POST /api/contractor-skills/',
    body: { contractor: 402, subject: 32, qual_level: 7 },
    record: { id: 402, tutor_name: 'Hannah Whitlock', tutor_skill_names: 'Maths, Physics' },
    trigger: 'tutor_updated',
  },
});

it('returns the tutor from before the write if the read afterwards fails', async () => {
  tutorCruncher.now.behaviour.intercept = ({ method }) =>
    method === 'GET' && tutorCruncher.writes().length > 0 ? [500, {}] : null;
  expect(await add()).toMatchObject({ id: 402, tutor_name: 'Hannah Whitlock', tutor_skill_names: 'Maths' });
  expect(tutorCruncher.writes()).toHaveLength(1);
});

const row = (id: number, name: string): JsonObject => ({ id, name });

describe('a skill that the tutor has', () => {
  const skillsOf = () => tutorCruncher.now.account.find('contractors', 402)?.skills;

  it('is not added twice, although TutorCruncher allows duplicates', async () => {
    await add({ subject: '31', level: '6' });
    expect(tutorCruncher.writes()).toEqual([]);
    await add();
    await add();
    expect(tutorCruncher.writes()).toHaveLength(1);
    expect(skillsOf()).toHaveLength(2);
  });

  it('at another level, or as a bare id in an unusual response, is compared correctly', async () => {
    await add({ subject: '31', level: '7' });
    expect(tutorCruncher.writes()).toHaveLength(1);
    const skills = [{ subject: 33, qual_level: '8' }, 'French'];
    tutorCruncher.now.account.change('contractors', 402, { skills });
    await add({ subject: '33', level: '8' });
    tutorCruncher.now.account.change('contractors', 402, { skills: null });
    await add({ subject: '33', level: '8' });
    expect(tutorCruncher.writes()).toHaveLength(2);
  });

  it('in the older shape, with names instead of records, is compared by its names', async () => {
    const skills = [
      { id: 1, subject: 'physics ', qual_level: 'A Level' },
      { id: 2, subject: 'Physics', qual_level: 8 },
    ];
    tutorCruncher.now.account.change('contractors', 402, { skills });
    expect(await add({ subject: '32', level: '7' })).toMatchObject({ id: 402, tutor_skill_names: 'physics, Physics' });
    expect(tutorCruncher.writes()).toEqual([]);
    await add({ subject: '32', level: '6' });
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('in the older shape is not compared by its names if its level is different', async () => {
    tutorCruncher.now.account.change('contractors', 402, { skills: [{ subject: 'Physics', qual_level: 8 }] });
    await add();
    expect(tutorCruncher.now.requests.filter(({ path }) => path.startsWith('/api/subjects/'))).toEqual([]);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  /** Replaces the pages of the list of subjects. */
  const listSubjects = (pages: readonly JsonObject[][], count = pages.flat().length): void => {
    tutorCruncher.now.behaviour.intercept = ({ path }) => {
      if (!path.startsWith('/api/subjects/')) return null;
      const page = Number(/page=(\d+)/.exec(path)?.[1] ?? 1);
      return [200, { count, next: page < pages.length ? 'the next page' : null, results: pages[page - 1] }];
    };
  };

  it('in the older shape is compared with names on later pages of a list', async () => {
    tutorCruncher.now.account.change('contractors', 402, { skills: [{ subject: 'Physics', qual_level: 'A Level' }] });
    listSubjects([[row(31, 'Maths')], [row(32, 'Physics')]]);
    await add();
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it.each<[string, JsonObject[][]]>([
    ['another subject has the same name', [[row(32, 'Physics')], [row(33, 'physics ')]]],
    ['the list of subjects lacks it', [[row(33, 'Physics')]]],
    ['it has no name', [[row(32, '')]]],
    [
      'there are too many subjects',
      [[row(32, 'Physics')], ...Array.from({ length: 5 }, (_, index) => [row(40 + index, `Other ${index}`)])],
    ],
    ['another subject has no name', [[row(32, 'Physics'), row(33, '')]]],
  ])('in the older shape is not compared by its names if that would be a guess: %s', async (_, subjects) => {
    tutorCruncher.now.account.change('contractors', 402, { skills: [{ subject: 'Physics', qual_level: 'A Level' }] });
    listSubjects(subjects);
    expect(await failureOf(add())).toMatch(
      /^This step cannot tell whether the tutor already has the skill\. .* Nothing was changed\. Look at the tutor/,
    );
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('in the older shape is not compared by its names if the list has more subjects than it shows', async () => {
    tutorCruncher.now.account.change('contractors', 402, { skills: [{ subject: 'Physics', qual_level: 'A Level' }] });
    listSubjects([[row(32, 'Physics')]], 2);
    expect(await failureOf(add())).toMatch(/^This step cannot tell whether the tutor already has the skill\./);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('in the older shape with another name is a different skill, even if the name of the chosen subject is ambiguous', async () => {
    tutorCruncher.now.account.change('contractors', 402, { skills: [{ subject: 'French', qual_level: 'A Level' }] });
    listSubjects([[row(32, 'Physics'), row(33, 'Physics')]]);
    await add();
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});
