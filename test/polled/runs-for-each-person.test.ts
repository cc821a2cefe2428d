/** Polled triggers about lessons in Zaps that run once for each person. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { FlatRecord } from '../../src/record/record.ts';
import { toScalar, type JsonObject } from '../../wire/json.ts';
import {
  CLASS_LESSON,
  FAMILIES,
  FAMILY_CLIENTS,
  STUDENT_ROWS,
  tracesOfOthers,
  WITHOUT_CLIENT,
} from '../../local/events/class-of-nine.ts';
import { outputKeys } from '../support/lookups.ts';
import { keysOf } from '../support/record-forms.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, LESSON_TRIGGERS, lessonAt, poll, polledTriggerOf } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
  tutorCruncher.now.account.addList('clients', FAMILY_CLIENTS);
});

const EACH_CLIENT = { run_for: 'client' };
const FETCH = { ...EACH_CLIENT, fetch_details: true };
const TURN_ON = { meta: { isPopulatingDedupe: true } };
const LATER = { keepsCache: true };
const LOST = { hasLostNotes: true };

const add = (start: number, status = 'planned', changes: JsonObject = {}) =>
  tutorCruncher.now.account.add('appointments', lessonAt(start, status, { ...CLASS_LESSON, ...changes }));
const addAll = (count: number) => Array.from({ length: count }, () => add(2));
const paths = () => tutorCruncher.requests().map(({ path }) => path);
const studentNames = (records: readonly FlatRecord[]) => records.map((record) => record.student_names);
const NAMES_BY_FAMILY = FAMILIES.map(({ students }) => students.map(({ name }) => name).join(', '));
/** Advances the clock by a minute, after which a poll reads the list again with the requests of another minute. */
const passMinute = (): void => {
  const now = Date.now() + 60_000;
  jest.spyOn(Date, 'now').mockReturnValue(now);
};
afterEach(() => {
  jest.restoreAllMocks();
});

const turnOn = (inputData: JsonObject = EACH_CLIENT) => poll('lesson_starting', inputData, TURN_ON);
function pollLater(inputData: JsonObject = EACH_CLIENT): Promise<FlatRecord[]> {
  passMinute();
  return poll('lesson_starting', inputData, LATER);
}

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

describe('a Zap that is turned on', () => {
  it('never runs for lessons that were due, not even for a person who is added to them', async () => {
    const old = add(2);
    const [known] = await turnOn();
    expect(known).toEqual({ id: `${old.id}@${String(old.start)}` });
    tutorCruncher.now.account.change('appointments', old.id, { rcras: [...STUDENT_ROWS, WITHOUT_CLIENT] });
    expect(await pollLater()).toEqual([]);
    const later = add(2);
    expect(await pollLater()).toHaveLength(7);
    tutorCruncher.now.account.change('appointments', later.id, { rcras: STUDENT_ROWS.slice(0, 3) });
    expect(await pollLater()).toEqual([]);
    expect(paths().filter((path) => path.includes(`/${old.id}/`))).toEqual([]);
  });

  it('runs again for a lesson that is moved', async () => {
    await turnOn();
    const lesson = add(2);
    await pollLater();
    tutorCruncher.now.account.change('appointments', lesson.id, { start: fromNow(5), finish: fromNow(6) });
    expect(await pollLater()).toHaveLength(7);
  });

  it('can be switched from one run for the lesson without a message about an old one', async () => {
    add(2);
    await turnOn({});
    expect(await pollLater()).toEqual([]);
    expect(await pollLater({ run_for: 'student' })).toEqual([]);
  });

  it('needs its id, except for test data', async () => {
    add(2);
    for (const zap of [{ id: '0' }, null]) {
      for (const isPopulatingDedupe of [true, false]) {
        const refused = poll('lesson_starting', EACH_CLIENT, { meta: { zap, isPopulatingDedupe } });
        expect(await failureOf(refused)).toMatch(
          /^Zapier does not tell which Zap this is, so this step cannot remember /,
        );
      }
      expect(await poll('lesson_starting', EACH_CLIENT, { meta: { zap, isLoadingSample: true } })).toHaveLength(3);
    }
  });
});

describe('a Zap whose notes are lost', () => {
  it('tells how many lessons are due and when, and never runs for them', async () => {
    add(2, 'planned', { start: '2099-01-01T10:00:00Z' });
    const [lesson] = addAll(2);
    const lost = await failureOf(poll('lesson_starting', EACH_CLIENT, LOST));
    expect(lost).toMatch(
      /^Zapier has lost what this Zap remembered, so it is not known whether the Zap has run for 2 lessons \(\w{3} /,
    );
    expect(lost).toContain('Zap history shows for which of them the Zap has run. Do by hand');
    expect(await pollLater()).toEqual([]);
    add(2);
    expect(await pollLater()).toHaveLength(7);
    expect(paths().filter((path) => path.includes(`/${lesson?.id}/`))).toEqual([]);
  });

  it('continues without an error if no lesson is due', async () => {
    expect(await poll('lesson_starting', EACH_CLIENT, LOST)).toEqual([]);
    add(2);
    expect(await pollLater()).toHaveLength(7);
  });

  it('counts as lost if it was lost while the Zap ran once for the lesson', async () => {
    add(2);
    expect(await poll('lesson_starting', {}, LOST)).toHaveLength(1);
    add(2);
    expect(await failureOf(pollLater())).toContain('has run for 2 lessons');
    expect(await pollLater()).toEqual([]);
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

  it('stay within the share of a minute: each person counts', async () => {
    await turnOn(FETCH);
    addAll(15);
    const seen: unknown[] = [];
    const perPoll: number[] = [];
    for (let polls = 0; polls < 3; polls++) {
      const before = tutorCruncher.requests().length;
      const records = await pollLater(FETCH);
      perPoll.push(tutorCruncher.requests().length - before);
      expect(records.length % 7).toBe(0);
      seen.push(...records.map(({ id }) => id));
    }
    // 15 lessons with seven clients take 120 requests, in addition to the requests for the list.
    expect(Math.max(...perPoll)).toBeLessThanOrEqual(68);
    expect([seen.length, new Set(seen).size]).toEqual([105, 105]);
    expect(await pollLater(FETCH)).toEqual([]);
  });

  it('return at most 100 runs, and keep those of a lesson together', async () => {
    await turnOn();
    addAll(15);
    expect(await pollLater()).toHaveLength(98);
    expect(await pollLater()).toHaveLength(7);
    const rcras = Array.from({ length: 120 }, (_, index) => ({ recipient: 1000 + index, paying_client: 2000 + index }));
    add(2, 'planned', { rcras });
    expect(await pollLater()).toHaveLength(120);
    expect(await pollLater()).toEqual([]);
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

  it('has its output fields, and fields in test data and in the sample', async () => {
    const meta = { isLoadingSample: true };
    const [sample = {}] = await poll('lesson_starting', FETCH, { meta });
    expect(sample).toMatchObject({ client_first_name: 'Priya', details_fetched: true });
    add(2);
    const records = await poll('lesson_starting', FETCH, { meta });
    expect(studentNames(records)).toEqual(NAMES_BY_FAMILY.slice(0, 3));
    expect(keysOf(records[0] ?? {}).sort()).toEqual(keysOf(sample).sort());
    const { outputFields } = polledTriggerOf('lesson_starting').definition.operation;
    expect(await outputKeys(outputFields, FETCH)).toContain('client_mobile');
    expect(await outputKeys(outputFields, { ...FETCH, run_for: 'tutor' })).toContain('tutor_mobile');
  });
});
