/** The runs of a Zap for a record: one, or one for each person, and the lookups and choices of each run. */

import { describe, expect, it } from '@jest/globals';

import { toScalar, type JsonObject } from '../../wire/json.ts';
import {
  CLASS_LESSON,
  FAMILIES,
  STUDENT_ROWS,
  tracesOfOthers,
  WITHOUT_CLIENT,
} from '../../local/events/class-of-nine.ts';
import { LESSON_TRIGGERS, poll } from '../support/polls.ts';
import { failureOf } from '../support/steps.ts';
import {
  EACH_CLIENT,
  FETCH,
  LATER,
  NAMES_BY_FAMILY,
  pollLater,
  studentNames,
  TURN_ON,
  turnOn,
  useClassLessons,
} from './class-zaps.ts';

const { tutorCruncher, add, paths } = useClassLessons();

describe.each(LESSON_TRIGGERS)('%s', (key, start, status) => {
  it('runs for each client with nothing of another family, and for each student and tutor', async () => {
    await poll(key, EACH_CLIENT, TURN_ON);
    const lesson = add(start, status);
    const records = await poll(key, EACH_CLIENT, LATER);
    expect(studentNames(records)).toEqual(NAMES_BY_FAMILY);
    const id = key === 'lesson_starting' ? `${lesson.id}@${String(lesson.start)}` : String(lesson.id);
    expect(records.map((record) => record.id)).toEqual(FAMILIES.map(({ client }) => `${id}:${client}`));
    expect(records.flatMap((record, index) => tracesOfOthers(record, FAMILIES.slice(index, index + 1)))).toEqual([]);
    expect(await poll(key, EACH_CLIENT, LATER)).toEqual([]);

    for (const [run_for, count] of [
      ['student', 9],
      ['tutor', 2],
      ['lesson', 1],
    ] as const) {
      const zap = { meta: { zap: { id: run_for } } };
      await poll(key, { run_for }, { meta: { ...zap.meta, isPopulatingDedupe: true } });
      const other = add(start, status);
      const runs = await poll(key, { run_for }, { ...LATER, ...zap });
      expect(runs.filter((record) => toScalar(record.id)?.toString().startsWith(String(other.id)))).toHaveLength(count);
    }
  });
});

describe('the requests of runs', () => {
  it('include those for the contacts of each person, which the record contains', async () => {
    await turnOn(FETCH);
    const { id } = add(2);
    const records = await pollLater(FETCH);
    expect(records).toMatchObject(
      FAMILIES.map(({ name }) => ({
        client_email: `${name.split(' ')[1]?.toLowerCase()}@example.com`,
        client_mobile: '+447700900123',
        details_fetched: true,
      })),
    );
    expect(paths().slice(-8)).toEqual([
      `/api/appointments/${id}/`,
      ...FAMILIES.map(({ client }) => `/api/clients/${client}/`),
    ]);
  });

  it('let a lesson wait with all its runs if one client cannot be read', async () => {
    await turnOn(FETCH);
    const lesson = add(2);
    add(3, 'planned', { rcras: STUDENT_ROWS.slice(0, 2) });
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes('70107') ? [503, {}] : null);
    expect(studentNames(await pollLater(FETCH))).toEqual(['Ama Abara, Kofi Abara']);
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes('70107') ? [404, {}] : null);
    const records = await pollLater(FETCH);
    expect(studentNames(records)).toEqual(NAMES_BY_FAMILY);
    expect(records.at(-1)).toMatchObject({ details_fetched: false, client_email: null });
    expect(records.every((record) => record.lesson_id === lesson.id)).toBe(true);
  });

  it('wait if a lesson does not tell its people', async () => {
    await turnOn();
    const lesson = add(2, 'planned', { rcras: null });
    expect(await failureOf(pollLater())).toContain('does not contain who takes part in the lesson');
    tutorCruncher.now.account.change('appointments', lesson.id, CLASS_LESSON);
    expect(await pollLater()).toHaveLength(7);
  });
});

describe('the people of a run', () => {
  it('are those who meet the choices of the Zap', async () => {
    const [, bellini] = FAMILIES;
    const runsWith = async (choices: JsonObject, id: string): Promise<number> => {
      const meta = { zap: { id } };
      await poll('lesson_starting', choices, { meta: { ...meta, isPopulatingDedupe: true } });
      add(2);
      return (await poll('lesson_starting', choices, { ...LATER, meta })).length;
    };
    expect(await runsWith({ ...EACH_CLIENT, client: String(bellini.client) }, '1')).toBe(1);
    expect(await runsWith({ ...EACH_CLIENT, student: String(bellini.students[1]?.id) }, '2')).toBe(1);
    expect(await runsWith({ run_for: 'student', client: String(bellini.client) }, '3')).toBe(2);
    expect(await runsWith({ ...EACH_CLIENT, tutor: '402' }, '4')).toBe(7);
    expect(await runsWith({ run_for: 'tutor', tutor: '403' }, '5')).toBe(1);
    expect(await runsWith({ run_for: 'tutor', client: String(bellini.client) }, '6')).toBe(2);
  });

  it('may be none', async () => {
    await turnOn();
    add(2, 'planned', { rcras: [WITHOUT_CLIENT] });
    add(2, 'planned', { rcras: [] });
    expect(await pollLater()).toEqual([]);
    expect(paths().filter((path) => /\d\/$/.test(path))).toHaveLength(2);
    expect(await pollLater()).toEqual([]);
    expect(paths().filter((path) => /\d\/$/.test(path))).toHaveLength(2);
  });

  it('have their own first lessons', async () => {
    const choices = { ...EACH_CLIENT, only_first_lessons_of: 'client', statuses: ['planned'] };
    await poll('lesson_ended', choices, TURN_ON);
    add(-9, 'complete', { rcras: STUDENT_ROWS.slice(2) });
    add(-3);
    expect(studentNames(await poll('lesson_ended', choices, LATER))).toEqual(['Ama Abara, Kofi Abara']);
  });

  it('must be one of the entries', async () => {
    expect(await failureOf(poll('lesson_starting', { run_for: 'parents' }))).toBe(
      'Choose one of the entries of the field "Run For".',
    );
  });
});

describe('Fetch Details of a polled trigger', () => {
  it('reads up to three clients of a lesson, or lets the lesson wait', async () => {
    await turnOn({ fetch_details: true });
    add(2, 'planned', { rcras: STUDENT_ROWS.slice(0, 4) });
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes('70102') ? [503, {}] : null);
    expect(await failureOf(pollLater({ fetch_details: true }))).toContain('is having a problem');
    tutorCruncher.now.behaviour.intercept = () => null;
    expect(await pollLater({ fetch_details: true })).toMatchObject([
      { client_emails: 'abara@example.com, bellini@example.com', details_fetched: true },
    ]);
  });
});
