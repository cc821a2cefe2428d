/** Zaps with instant triggers that run once for each person of a lesson or a job. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { lesson } from '../../objects/lesson.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { toScalar, type JsonObject } from '../../wire/json.ts';
import {
  CLASS_JOB,
  CLASS_LESSON,
  FAMILIES,
  FAMILY_CLIENTS,
  STUDENT_ROWS,
  tracesOfOthers,
  WITHOUT_CLIENT,
} from '../../local/events/class-of-nine.ts';
import { deliver } from '../support/app-tester.ts';
import { outputKeys, run, shown } from '../support/lookups.ts';
import { lessonAt } from '../support/polls.ts';
import { keysOf } from '../support/record-forms.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { skipPauses } from '../support/skipped-pauses.ts';

const tutorCruncher = useTutorCruncher();
skipPauses();

const EACH = [{ run_for: 'client' }, { run_for: 'student' }, { run_for: 'tutor' }] as const;
const [EACH_CLIENT, EACH_STUDENT, EACH_TUTOR] = EACH;
const LESSON_KEYS = ['created', 'booked', 'updated', 'completed', 'cancelled'].map((end) => `lesson_${end}`);
const JOB_KEYS = ['job_created', 'job_updated', 'job_status_changed'];

/** Adds the families of a class, and a lesson or a job of the class, to the account. */
const addClass = (path: string, subject: JsonObject): JsonObject => {
  const { account } = tutorCruncher.now;
  account.addList('clients', FAMILY_CLIENTS);
  return account.add(path, subject);
};

const paths = () => tutorCruncher.requests().map(({ path }) => decodeURIComponent(path));
const studentNames = (records: readonly FlatRecord[]) => records.map((record) => record.student_names);
const NAMES_BY_FAMILY = FAMILIES.map(({ students }) => students.map(({ name }) => name).join(', '));
const ofClass = (changes: JsonObject = {}): JsonObject => ({ ...lesson.sample.subject, ...CLASS_LESSON, ...changes });

describe.each([...LESSON_KEYS, ...JOB_KEYS])('%s', (key) => {
  const isJob = key.startsWith('job_');
  const { sampleEvent } = triggerOf(key);
  const subject = { ...sampleEvent.subject, ...(isJob ? CLASS_JOB : CLASS_LESSON) };

  it('runs once for the whole subject by default', async () => {
    const [whole, ...others] = await run(key, subject, {});
    expect(others).toEqual([]);
    expect(whole?.students).toHaveLength(9);
    for (const run_for of ['', isJob ? 'job' : 'lesson']) expect(await run(key, subject, { run_for })).toEqual([whole]);
  });

  it('runs for each client with nothing of another family, and with the keys of the whole subject', async () => {
    const [whole = {}] = await run(key, subject, {});
    const records = await run(key, subject, EACH_CLIENT);
    expect(studentNames(records)).toEqual(NAMES_BY_FAMILY);
    for (const [index, record] of records.entries()) {
      const family = FAMILIES.slice(index, index + 1);
      expect(tracesOfOthers(record, family)).toEqual([]);
      expect(Object.keys(record)).toEqual(Object.keys(whole));
      expect(record.id).toBe(`${toScalar(whole.id)}:${family[0]?.client}`);
    }
  });

  it('runs for each student and each tutor, with the same ids each time', async () => {
    const students = await run(key, subject, EACH_STUDENT);
    expect(studentNames(students)).toEqual(FAMILIES.flatMap((each) => each.students.map(({ name }) => name)));
    for (const record of students) {
      expect(
        tracesOfOthers(
          record,
          FAMILIES.filter(({ students: own }) => own.some(({ name }) => name === record.student_names)),
        ),
      ).toEqual([]);
    }
    const tutors = await run(key, subject, EACH_TUTOR);
    expect(tutors.map((record) => record.tutor_names)).toEqual(['Hannah Whitlock', 'Samuel Okoro']);
    expect(tutors.map((record) => (record.students as unknown[]).length)).toEqual([9, 9]);
    const ids = [...students, ...tutors].map(({ id }) => id);
    expect(new Set(ids).size).toBe(11);
    const again = [...(await run(key, subject, EACH_STUDENT)), ...(await run(key, subject, EACH_TUTOR))];
    expect(again.map(({ id }) => id)).toEqual(ids);
    expect(tutorCruncher.requests()).toEqual([]);
  });
});

describe('the people of a run', () => {
  it.each<[string, JsonObject]>([
    ['no list of students', { rcras: undefined }],
    ['an empty list of students', { rcras: [] }],
    ['students without their clients', { rcras: STUDENT_ROWS.map(({ recipient }) => ({ recipient })) }],
  ])('are read from TutorCruncher if the event has %s', async (_case, changes) => {
    const { id } = addClass('appointments', lessonAt(1, 'planned', CLASS_LESSON));
    const records = await run('lesson_updated', { id, topic: 'Sent topic', ...changes }, EACH_CLIENT);
    expect(studentNames(records)).toEqual(NAMES_BY_FAMILY);
    expect(records.map((record) => [record.lesson_topic, record.lesson_status])).toContainEqual([
      'Sent topic',
      'planned',
    ]);
    expect(paths()).toEqual([`/api/appointments/${String(id)}/`]);
  });

  it('are read for tutors, too, and for jobs', async () => {
    const { id } = addClass('appointments', lessonAt(1, 'planned', CLASS_LESSON));
    const tutors = await run('lesson_updated', { id, rcras: STUDENT_ROWS, cjas: [] }, EACH_TUTOR);
    expect(tutors.map((record) => record.tutor_names)).toEqual(['Hannah Whitlock', 'Samuel Okoro']);
    const job = addClass('services', { name: 'Maths club', ...CLASS_JOB });
    const jobs = await run('job_status_changed', { id: job.id, status: 'finished' }, EACH_CLIENT);
    expect(studentNames(jobs)).toEqual(NAMES_BY_FAMILY);
    expect(jobs[0]).toMatchObject({ job_status: 'finished', job_name: 'Maths club' });
  });

  it('may be none: the Zap does not run for a lesson that has no such person, or no longer exists', async () => {
    const { id } = addClass('appointments', lessonAt(1, 'planned', { rcras: [], cjas: [] }));
    for (const choice of EACH) expect(await run('lesson_updated', { id, rcras: [], cjas: [] }, choice)).toEqual([]);
    for (const choice of EACH) expect(await run('lesson_updated', { id: 999 }, choice)).toEqual([]);
  });

  it('include a student without a client, but not as a client', async () => {
    const subject = ofClass({ rcras: [...STUDENT_ROWS, WITHOUT_CLIENT] });
    expect(studentNames(await run('lesson_updated', subject, EACH_CLIENT))).toEqual(NAMES_BY_FAMILY);
    const students = await run('lesson_updated', subject, EACH_STUDENT);
    expect(students).toHaveLength(10);
    expect(students.at(-1)).toMatchObject({ student_names: 'Solo Zander', students: [{ client_id: null }] });
  });

  it.each<[string, () => void, string]>([
    [
      'TutorCruncher does not respond',
      () => (tutorCruncher.now.behaviour.intercept = () => [503, {}]),
      'is having a problem',
    ],
    [
      'TutorCruncher does not tell the people',
      () =>
        (tutorCruncher.now.behaviour.intercept = ({ path }) => (path === '/api/branch/' ? null : [200, { id: 9106 }])),
      'does not contain what the choice depends on',
    ],
  ])('halt the run with a message if %s, so that nobody is left out in silence', async (_case, fail, message) => {
    fail();
    const halted = run('lesson_updated', { id: 9106 }, EACH_CLIENT);
    await expect(halted).rejects.toThrow(message);
    await expect(halted).rejects.toThrow('"Run For" could not be checked');
    await expect(halted).rejects.toMatchObject({ name: 'HaltedError' });
  });

  it('halt the run if the choice is unknown, for example because another step sets it', async () => {
    const halted = run('lesson_updated', ofClass(), { run_for: 'Parents' });
    await expect(halted).rejects.toThrow('Choose one of the entries of the field "Run For".');
  });

  it('hide the actor and the texts of a booking by another family', async () => {
    const [, booker] = FAMILIES;
    const event = {
      ...triggerOf('lesson_booked').sampleEvent,
      actor: { id: booker.client, name: booker.name, user_id: 1, url: '' },
      extra_msg: 'Booked in the client app.',
      subject: { ...triggerOf('lesson_booked').sampleEvent.subject, ...CLASS_LESSON },
    };
    const records = await deliver('lesson_booked', deliveryOf(event), EACH_CLIENT);
    expect(records.map((record) => record.actor_name)).toEqual([null, booker.name, null, null, null, null, null]);
    expect(records.map((record) => record.event_message).filter(Boolean)).toEqual(['Booked in the client app.']);
    expect(records.flatMap((record, index) => tracesOfOthers(record, FAMILIES.slice(index, index + 1)))).toEqual([]);
  });
});

describe('Fetch Details in a run', () => {
  const FETCH = { fetch_details: true };
  let subject: JsonObject;
  beforeEach(() => {
    subject = addClass('appointments', lessonAt(1, 'planned', CLASS_LESSON));
  });

  it('reads the client of each of more than three runs, for a client or a student', async () => {
    const records = await run('lesson_cancelled', subject, { ...EACH_CLIENT, ...FETCH });
    expect(records.map((record) => record.client_email)).toEqual(
      FAMILIES.map(({ name }) => `${name.split(' ')[1]?.toLowerCase()}@example.com`),
    );
    expect(records[6]).toMatchObject({
      client_first_name: 'Parent',
      client_mobile: '+447700900123',
      client_emails: 'garnier@example.com',
      client_mobiles: '+447700900123',
      details_fetched: true,
    });
    expect(paths()).toEqual(FAMILIES.map(({ client }) => `/api/clients/${client}/`));
    const students = await run('lesson_cancelled', subject, { ...EACH_STUDENT, ...FETCH });
    expect(students.map((record) => record.client_email).slice(0, 3)).toEqual([
      ...['abara@example.com', 'abara@example.com', 'bellini@example.com'],
    ]);
  });

  it('reads the tutor of a run for a tutor', async () => {
    const records = await run('lesson_cancelled', subject, { ...EACH_TUTOR, ...FETCH });
    expect(records).toMatchObject([
      { tutor_first_name: 'Hannah', tutor_email: 'hannah.whitlock@example.com', tutor_mobile: '+447700900246' },
      { tutor_first_name: 'Samuel', tutor_email: 'samuel.okoro@example.com', details_fetched: true },
    ]);
    expect(Object.keys(records[0] ?? {})).not.toContain('client_emails');
  });

  it('is false in a run whose client cannot be read, no longer exists, or is none', async () => {
    tutorCruncher.now.behaviour.intercept = ({ path }) =>
      path.includes('70102') ? [503, {}] : path.includes('70103') ? [404, {}] : null;
    const records = await run('lesson_cancelled', subject, { ...EACH_CLIENT, ...FETCH });
    expect(records.map((record) => record.details_fetched)).toEqual([true, false, false, true, true, true, true]);
    expect(records[1]).toMatchObject({ client_email: null, client_mobile: null, client_emails: null });
    const [alone] = await run(
      'lesson_cancelled',
      { ...subject, rcras: [WITHOUT_CLIENT] },
      { ...EACH_STUDENT, ...FETCH },
    );
    expect(alone).toMatchObject({ details_fetched: false, client_first_name: null });
  });

  it('has its own output fields for each choice', async () => {
    const { outputFields } = triggerOf('lesson_cancelled').definition.operation;
    const added = async (choices: JsonObject) => {
      const without = await outputKeys(outputFields, {});
      return (await outputKeys(outputFields, { ...choices, ...FETCH })).filter((key) => !without.includes(key));
    };
    const clientKeys = ['client_first_name', 'client_email', 'client_mobile'];
    const joined = ['client_emails', 'client_mobiles', 'details_fetched'];
    expect(await added({})).toEqual(joined);
    expect(await added(EACH_CLIENT)).toEqual([...clientKeys, ...joined]);
    expect(await added(EACH_STUDENT)).toEqual([...clientKeys, ...joined]);
    expect(await added(EACH_TUTOR)).toEqual(['tutor_first_name', 'tutor_email', 'tutor_mobile', 'details_fetched']);
  });
});

describe('the test data of a Zap with runs', () => {
  it('has up to three runs, and otherwise the sample of the lesson with the fields of the choice', async () => {
    const [sample = {}] = await shown('lesson_cancelled', { ...EACH_CLIENT, fetch_details: true });
    tutorCruncher.now.account.addList('appointments', []);
    addClass('appointments', lessonAt(-1, 'cancelled', CLASS_LESSON));
    const records = await shown('lesson_cancelled', { ...EACH_CLIENT, fetch_details: true });
    expect(studentNames(records)).toEqual(NAMES_BY_FAMILY.slice(0, 3));
    expect(keysOf(sample).sort()).toEqual(keysOf(records[0] ?? {}).sort());
    expect(paths().filter((path) => path.startsWith('/api/clients/'))).toHaveLength(4);

    tutorCruncher.now.account.addList('appointments', []);
    const [fictional = {}] = await shown('lesson_cancelled', { ...EACH_TUTOR, fetch_details: true });
    expect(fictional).toMatchObject({
      ...triggerOf('lesson_cancelled').definition.operation.sample,
      tutor_first_name: 'Hannah',
    });
  });
});

it('Lesson Deleted and all other triggers without a relay do not offer Run For', () => {
  const offering = [...LESSON_KEYS, ...JOB_KEYS];
  const offers = (key: string) => triggerOf(key).inputFields.some(({ label }) => label === 'Run For');
  expect(offering.filter((key) => !offers(key))).toEqual([]);
  expect(['lesson_deleted', 'job_deleted', 'job_requested', 'report_created', 'client_created'].filter(offers)).toEqual(
    [],
  );
});
