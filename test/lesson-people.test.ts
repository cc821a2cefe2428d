/**
 * Actions that add people to planned lessons and remove them, against the stand-in for TutorCruncher's API, over HTTP.
 */

import { describe, expect, it } from '@jest/globals';

import { lesson } from '../objects/lesson.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** A planned lesson, with student 506 and tutor 405. */
const PLANNED = '9109';

const bodies = () => tutorCruncher.writes().map(({ method, path, body }) => [method, path, body]);

describe.each([
  ['student', 'recipient', '503', 'charge_rate', 'Inês Ferreira, Leo Raman'],
  ['tutor', 'contractor', '402', 'pay_rate', 'Ravi Menon, Hannah Whitlock'],
] as const)('add_%s_to_lesson', (word, person, id, rate, both) => {
  const add = (inputData: JsonObject) => act(`add_${word}_to_lesson`, { lesson: PLANNED, [word]: id, ...inputData });

  it('adds the person with a rate, and returns the lesson that a search finds and the webhook contains', async () => {
    const record = await add({ [rate]: 45 });
    expect(bodies()).toEqual([
      ['POST', `/api/appointments/${PLANNED}/${person}/add/`, { [person]: Number(id), [rate]: '45.00' }],
    ]);
    expect(record).toMatchObject({ id: 9109, [`${word}_names`]: both, lesson_status: 'planned' });
    expect(record[`${word}s`]).toContainEqual(expect.objectContaining({ id: Number(id), [rate]: 45 }));
    expect(Object.keys(record)).toEqual(Object.keys(lesson.ownSample));
    expect(await find('find_lesson', { lesson: PLANNED })).toEqual([record]);
    const [event] = await tutorCruncher.triggered('any_event');
    expect(event).toMatchObject({ subject_id: 9109, event_message: 'Edited via the API.' });
  });

  it('names the person if TutorCruncher accepts only people of the job', async () => {
    const refusal = { [person]: ['Not on the job of this lesson.'] };
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [400, refusal] : null);
    expect(await failureOf(add({}))).toMatch(/these fields: (?:Student|Tutor)\. Correct them/);
  });
});

describe.each([
  ['student', 'recipient', '506'],
  ['tutor', 'contractor', '405'],
] as const)('remove_%s_from_lesson', (word, person, id) => {
  const remove = (inputData: JsonObject = {}) =>
    act(`remove_${word}_from_lesson`, { lesson: PLANNED, [word]: id, ...inputData });

  it('removes the person only from the lesson, and returns the lesson', async () => {
    const record = await remove();
    expect(bodies()).toEqual([['POST', `/api/appointments/${PLANNED}/${person}/remove/`, { [person]: Number(id) }]]);
    expect(record).toMatchObject({ id: 9109, [`${word}s`]: [], [`${word}_names`]: '' });
    expect(await find('find_lesson', { lesson: PLANNED })).toEqual([record]);
    const [job] = await find('find_job', { job: '708' });
    expect(job?.[`${word}_names`]).toMatch(/Inês Ferreira|Ravi Menon/);
  });

  it('writes nothing if the person is not on the lesson, as in a replay', async () => {
    const record = await remove();
    expect(await remove()).toEqual(record);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe.each([
  'add_student_to_lesson',
  'add_tutor_to_lesson',
  'remove_student_from_lesson',
  'remove_tutor_from_lesson',
])('%s', (key) => {
  const run = (lessonId: string) => act(key, { lesson: lessonId, student: '503', tutor: '402' });

  it.each(['9106', '9107', '9108'])('does not change a lesson that is not planned: %s', async (id) => {
    expect(await failureOf(run(id))).toMatch(
      /^Only planned lessons can be changed, and this lesson is completed or cancelled\. Nothing was changed\./,
    );
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('reports that the lesson does not exist', async () => {
    expect(await failureOf(run('1'))).toMatch(/^The lesson that this step refers to does not exist/);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('has a message for a lesson that is completed between the read and the write', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'POST' ? [400, { detail: 'The lesson of Leo is not planned' }] : null;
    const message = await failureOf(act(key, { lesson: PLANNED, student: '506', tutor: '405' }));
    expect(message).toBe('Only planned lessons can be changed or created. Nothing was changed.');
  });
});
