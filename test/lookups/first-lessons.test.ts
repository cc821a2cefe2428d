import { beforeEach, describe, expect, it } from '@jest/globals';

import type { ApiResponse } from '../../local/api/behaviour.ts';
import { CLASS_LESSON, FAMILIES, STUDENT_ROWS, WITHOUT_CLIENT } from '../../local/events/class-of-nine.ts';
import { triggerOf } from '../../local/hook-calls.ts';
import { lesson as lessonObject } from '../../objects/lesson.ts';
import { firstLessons } from '../../src/lookups/first-lessons.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { outputKeys, run, shown, student } from '../support/lookups.ts';
import { fromNow, lessonAt, poll, polledTriggerOf } from '../support/polls.ts';
import { keysOf } from '../support/record-forms.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { skipPauses } from '../support/skipped-pauses.ts';

const tutorCruncher = useTutorCruncher();
skipPauses();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
});

const paths = () => tutorCruncher.requests().map(({ path }) => decodeURIComponent(path));

/** Adds a one-hour lesson to the account. @param start - hours from now to the start */
const add = (start: number, status = 'complete', changes: JsonObject = {}) =>
  tutorCruncher.now.account.add('appointments', lessonAt(start, status, changes));

it.each([
  ['client', 2],
  ['Student', 3],
  ['student', 3],
  ['job', 1],
  ['tutor', 1],
])('the look-up for the first lesson of each %s takes %d requests', (choice, requests) => {
  const { requestsFor } = firstLessons(lessonObject);
  const rcras = [student(503, 302), student(504, 301), student(505, 301)];
  expect(requestsFor?.({ rcras }, choice)).toBe(requests);
  const many = Array.from({ length: 11 }, (_, index) => student(index, index));
  expect(requestsFor?.({ rcras: many }, choice)).toBe(requests === 1 ? 1 : 10);
  expect(requestsFor?.({}, choice)).toBe(1);
});

describe('the choice of first lessons', () => {
  const known = async (lesson: JsonObject, choice: unknown) =>
    (await run('lesson_completed', lesson, { only_first_lessons_of: choice })).map(
      (record) => record.first_lesson_known,
    );

  it.each(['start', 'finish'] as const)(
    'counts an earlier lesson that has not ended when the lesson starts, if TutorCruncher compares the %s',
    async (startLteCompares) => {
      tutorCruncher.now.behaviour.startLteCompares = startLteCompares;
      const same = { rcras: [student(504, 301)] };
      add(-3.5, 'complete', same);
      expect(await known(add(-3, 'complete', same), 'client')).toEqual([]);
    },
  );

  it.each([
    ['client', { rcras: [student(504, 301)] }, { rcras: [student(503, 302)] }],
    ['Client', { rcras: [student(504, 301)] }, { rcras: [student(503, 302)] }],
    ['student', { rcras: [student(503, 302)] }, { rcras: [student(504, 301)] }],
    ['job', { service: { id: 705 }, rcras: [] }, { service: { id: 704 } }],
  ])('of a %s compares the start of their other completed lessons', async (choice, same, other) => {
    add(-48, 'complete', other);
    for (const status of ['planned', 'cancelled', 'cancelled-chargeable', 'awaiting-report']) add(-48, status, same);
    add(-1, 'complete', same);
    const lesson = add(-3);
    add(-3, 'complete', { ...same, start: lesson.start });
    expect(await known(lesson, choice)).toEqual([true]);
    expect(tutorCruncher.requests()).toHaveLength(1);
    expect(paths()[0]).toContain('status=complete');
    add(-3.1, 'complete', same);
    expect(await known(lesson, choice)).toEqual([]);
    expect(tutorCruncher.requests()).toHaveLength(2);
  });

  it('does not compare a lesson with itself, even if it has been moved to an earlier time since its event', async () => {
    const lesson = add(-3);
    expect(await known({ ...lesson, start: fromNow(-2) }, 'client')).toEqual([true]);
  });

  it('is met by a lesson with several students if it is the first of one of them', async () => {
    const rcras = [student(503, 301), student(504, 301), student(505, 302)];
    const lesson = add(-3, 'complete', { rcras });
    for (const recipient of [503, 505]) add(-9, 'complete', { rcras: [student(recipient, recipient - 203)] });
    expect(await known(lesson, 'student')).toEqual([true]);
    add(-8, 'complete', { rcras: [student(504, 303)] });
    expect(await known(lesson, 'student')).toEqual([]);
    expect(await known(lesson, 'client')).toEqual([true]);
    add(-8, 'complete', { rcras: [student(506, 301)] });
    add(-8, 'complete', { rcras: [student(506, 302)] });
    expect(await known(lesson, 'client')).toEqual([]);
  });

  it('runs the Zap if ten of more than ten students have had lessons, because the others are unknown', async () => {
    const rcras = Array.from({ length: 11 }, (_, index) => student(600 + index, 301));
    add(-9, 'complete', { rcras });
    expect(await known(add(-3, 'complete', { rcras }), 'student')).toEqual([false]);
    expect(tutorCruncher.requests()).toHaveLength(10);
    expect(await known(add(-3, 'complete', { rcras: rcras.slice(1) }), 'student')).toEqual([]);
    const withNew = [student(700, 301), ...rcras.slice(1)];
    expect(await known(add(-3, 'complete', { rcras: withNew }), 'student')).toEqual([true]);
  });

  it.each<[string, string, JsonObject]>([
    ['the students', 'student', { rcras: undefined }],
    ['the students', 'client', { rcras: [] }],
    ['the clients of the students', 'client', { rcras: [{ recipient: 503 }] }],
    ['the job', 'job', { service: null }],
    ['the start', 'job', { start: null }],
  ])('reads the lesson if the event does not contain %s', async (_fact, choice, changes) => {
    const lesson = add(-3);
    expect(await known({ ...lesson, ...changes }, choice)).toEqual([true]);
    expect(paths()[0]).toBe(`/api/appointments/${lesson.id}/`);
    expect(tutorCruncher.requests()).toHaveLength(2);
    add(-9);
    expect(await known({ ...lesson, ...changes }, choice)).toEqual([]);
  });

  it.each([
    ['has no students', { rcras: [] }],
    ['was deleted', { id: 999, rcras: null }],
  ])('is not met by a lesson that %s', async (_case, changes) => {
    expect(await known({ ...add(-3, 'complete', changes), ...changes }, 'client')).toEqual([]);
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it.each<[string, string, ApiResponse | null, string]>([
    ['TutorCruncher does not respond', 'client', [503, {}], 'TutorCruncher is having a problem'],
    ['the list is missing', 'client', [200, {}], 'it contains no list'],
    [
      'the list is incomplete',
      'job',
      [200, { results: [], next: 'x' }],
      'returned too many lessons to find an earlier one',
    ],
    ['a lesson is not listed', 'client', [200, { count: 1, results: [], next: null }], 'no complete list of lessons'],
    ['the number of lessons is missing', 'student', [200, { results: [], next: null }], 'no complete list of lessons'],
    ...['status', 'start'].map((name): [string, string, ApiResponse, string] => [
      `a lesson has no ${name}`,
      'client',
      [200, { count: 1, results: [{ id: 9999, status: 'complete', start: fromNow(-9), [name]: null }], next: null }],
      'no complete list of lessons with their status and start',
    ]),
    ['there is no such choice', 'tutor', null, 'Choose "Client", "Student" or "Job" there.'],
  ])('halts the run if %s', async (_case, choice, response, message) => {
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes('start_lte') ? response : null);
    const halted = known(add(-3), choice);
    await expect(halted).rejects.toThrow(message);
    await expect(halted).rejects.toThrow('"Only First Lessons Of" could not be checked');
    await expect(halted).rejects.toMatchObject({ name: 'HaltedError' });
  });

  it('halts the run if the lesson that it reads has no job either', async () => {
    await expect(known(add(-3, 'complete', { service: null }), 'job')).rejects.toThrow(
      "TutorCruncher's response does not contain what the choice depends on.",
    );
  });

  it('repeats failed requests alone, and none if a lesson is known to be the first of one student', async () => {
    const rcras = [student(503, 301), student(504, 301)];
    const lesson = add(-3, 'complete', { rcras });
    add(-9, 'complete', { rcras: [student(503, 301)] });
    let failures = 1;
    tutorCruncher.now.behaviour.intercept = ({ path }) =>
      path.includes('recipient=503') && failures-- > 0 ? [503, {}] : null;
    expect(await known(lesson, 'student')).toEqual([true]);
    expect(tutorCruncher.requests()).toHaveLength(2);
    add(-9, 'complete', { rcras: [student(504, 301)] });
    failures = 1;
    expect(await known(lesson, 'student')).toEqual([]);
    expect(tutorCruncher.requests()).toHaveLength(2 + 3);
  });

  it('throttles the run at once if one of its requests gets status 429', async () => {
    const rcras = [student(503, 301), student(504, 301)];
    tutorCruncher.now.behaviour.intercept = ({ path }) => [path.includes('recipient=503') ? 503 : 429, {}];
    await expect(known(add(-3, 'complete', { rcras }), 'student')).rejects.toMatchObject({ name: 'ThrottledError' });
    expect(tutorCruncher.requests()).toHaveLength(2);
  });

  it('makes no request and adds no field unless a Zap makes the choice', async () => {
    const [record = {}] = await run('lesson_completed', add(-3), { only_first_lessons_of: '' });
    expect(keysOf(record)).toEqual(keysOf({ ...triggerOf('lesson_completed').definition.operation.sample }));
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it('shows only first lessons in a test, and otherwise the sample, with the same fields', async () => {
    const choice = { only_first_lessons_of: 'client' };
    const [sample = {}] = await shown('lesson_completed', choice);
    expect(sample).toMatchObject({ first_lesson_known: true, lesson_topic: 'Quadratic equations' });
    const first = add(-9);
    add(-3);
    const [record = {}, ...others] = await shown('lesson_completed', choice);
    expect([record.lesson_id, record.first_lesson_known, others]).toEqual([first.id, true, []]);
    const { outputFields } = triggerOf('lesson_completed').definition.operation;
    expect(await outputKeys(outputFields, choice)).toEqual(
      expect.arrayContaining(['first_lesson_known', ...keysOf(record)]),
    );
    expect(await outputKeys(outputFields, {})).not.toContain('first_lesson_known');

    tutorCruncher.now.account.addList('appointments', []);
    add(-100, 'complete', { start: fromNow(-100) });
    tutorCruncher.now.behaviour.intercept = ({ path }) =>
      path.includes('start_lte')
        ? [200, { results: [{ id: 9999, status: 'complete', start: fromNow(-999) }], next: null }]
        : null;
    expect(await shown('lesson_completed', choice)).toEqual([sample]);
  });

  describe('of Lesson Ended', () => {
    const choice = { only_first_lessons_of: 'client' };

    it('returns first lessons with two requests for each lesson', async () => {
      const first = add(-9, 'planned');
      add(-8, 'planned', { rcras: [student(504, 302)] });
      add(-20, 'complete', { rcras: [student(504, 302)] });
      const records = await poll('lesson_ended', { ...choice, statuses: ['planned'] });
      expect(records).toMatchObject([{ id: String(first.id), first_lesson_known: true }]);
      expect(paths().filter((path) => path.includes('start_gte'))).toHaveLength(1);
      expect(paths()).toHaveLength(1 + 2 * 2);
    });

    it('looks up as many lessons as the requests of a minute allow, and each of them once', async () => {
      for (let index = 0; index < 40; index++) add(-5 - index / 10, 'planned');
      const inputData = { ...choice, statuses: ['planned'] };
      expect(await poll('lesson_ended', inputData)).toHaveLength(33);
      expect(await poll('lesson_ended', inputData, { keepsCache: true })).toHaveLength(7);
      expect(paths()).toHaveLength(1 + 40 * 2);
    });

    it('shows the same fields in a test', async () => {
      const meta = { isLoadingSample: true };
      const [sample = {}] = await poll('lesson_ended', choice, { meta });
      expect(sample.first_lesson_known).toBe(true);
      const { id } = add(-9);
      const [record = {}] = await poll('lesson_ended', choice, { meta });
      expect(record).toMatchObject({ id: String(id), first_lesson_known: true });
      expect(keysOf(record).sort()).toEqual(keysOf(sample).sort());
      const { outputFields } = polledTriggerOf('lesson_ended').definition.operation;
      expect(await outputKeys(outputFields, choice)).toContain('first_lesson_known');
    });
  });
});

describe('Only First Lessons Of in a run', () => {
  const choices = { run_for: 'client', only_first_lessons_of: 'client' };
  const [abara] = FAMILIES;
  const studentNames = (records: readonly FlatRecord[]) => records.map((record) => record.student_names);

  it('counts for the person of the run', async () => {
    add(-9, 'complete', { rcras: STUDENT_ROWS.slice(2) });
    const subject = add(-3, 'complete', CLASS_LESSON);
    expect(studentNames(await run('lesson_completed', subject, choices))).toEqual(['Ama Abara, Kofi Abara']);
    // The event lacks the start, so the trigger reads the lesson, which is a first lesson for other people only.
    const { account } = tutorCruncher.now;
    account.add('appointments', lessonAt(-8, 'complete', { rcras: STUDENT_ROWS.slice(0, 1) }));
    account.change('appointments', subject.id, { rcras: [...STUDENT_ROWS, WITHOUT_CLIENT] });
    expect(await run('lesson_completed', { ...subject, start: null }, choices)).toEqual([]);
    const ofStudents = await run('lesson_completed', subject, { ...choices, only_first_lessons_of: 'student' });
    expect(ofStudents.map((record) => record.students)).toMatchObject([[{ client_id: abara.client }, {}]]);
  });

  it('is not met by a student without a client, and does not keep the others from running', async () => {
    const subject = add(-3, 'complete', { rcras: [WITHOUT_CLIENT, ...STUDENT_ROWS.slice(8)] });
    const records = await run('lesson_completed', subject, { run_for: 'student', only_first_lessons_of: 'client' });
    expect(studentNames(records)).toEqual(['Luc Garnier']);
  });
});
