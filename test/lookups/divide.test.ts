/** Zaps with instant triggers that run once for each person of a lesson or a job. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { lesson } from '../../objects/lesson.ts';
import type { KeptEvent } from '../../src/hooks/kept-events.ts';
import { CompletedSubject } from '../../src/lookups/completed-subject.ts';
import { divide, type PersonChoice } from '../../src/lookups/divide.ts';
import { runForField } from '../../src/lookups/run-for-field.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
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
import { CREATED, EDITED, STUDENT_REMOVED, event, withStudents } from '../support/class-events.ts';
import { directRun } from '../support/direct-z.ts';
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

describe('the division of an event', () => {
  const [AMA = {}, KOFI = {}, CHIARA = {}, , EMIL = {}] = STUDENT_ROWS;
  const REMOVED_KOFI = withStudents(...STUDENT_ROWS.filter((row) => row !== KOFI));
  const FULL = event(CREATED, -9);
  const afterFull = (last: TutorCruncherEvent): KeptEvent => ({ event: last, previous: FULL, burst: [] });
  const alone = (last: TutorCruncherEvent): KeptEvent => ({ event: last, previous: null, burst: [] });

  /** Divides an event about a lesson. Returns the runs and the number of requests. */
  async function divided(
    kept: KeptEvent,
    inputData: JsonObject,
    choice: Partial<PersonChoice> = {},
    { responses = [], record }: { responses?: (JsonObject | null)[]; record?: JsonObject } = {},
  ) {
    const { run, requests } = directRun(responses, inputData);
    const subject = CompletedSubject.ofEvent(kept, kept.event.subject, lesson, run, record);
    const all = { runForField: runForField('lesson', ''), view: { namesPeople: false }, ...choice };
    return { runs: await divide(subject, all, kept, run, 20), requests };
  }
  const NAMES = { view: { namesPeople: true } };

  it.each<[sent: string | undefined, read: JsonObject | null, runs: number]>([
    ['Cancelled', {}, 7],
    ['planned', {}, 0],
    [undefined, { status: 'cancelled' }, 7],
    [undefined, { status: 'planned' }, 0],
    [undefined, null, 0],
  ])(
    'after an action about one person needs a status of the whole lesson: %j, or read as %j',
    async (status, ...rest) => {
      const [read, count] = rest;
      const last = event(EDITED, 0, { status });
      const partialAction = { action: EDITED, statuses: ['cancelled'] };
      const responses = [read && { ...last.subject, ...read }];
      const { runs, requests } = await divided(alone(last), EACH_CLIENT, { partialAction }, { responses });
      expect([runs.length, requests()]).toEqual([count, status === undefined ? 1 : 0]);
      const other = { ...partialAction, action: CREATED };
      expect((await divided(alone(last), EACH_CLIENT, { partialAction: other })).runs).toHaveLength(7);
    },
  );

  it('is by absent students, or none, in a trigger that does not offer Run For', async () => {
    const rcras = [
      { ...AMA, status: 'missed' },
      { ...KOFI, status: 'attended' },
    ];
    const kept = alone(event(EDITED, 0, { status: 'complete', rcras }));
    const absent = await divided(kept, EACH_CLIENT, { runForField: null, isForAbsent: true });
    expect(absent.runs.map(({ person }) => person)).toEqual([{ kind: 'student', id: String(AMA.recipient) }]);
    const whole = await divided(kept, EACH_CLIENT, { runForField: null });
    expect(whole.runs.map(({ person }) => person)).toEqual([null]);
  });

  it('names the changed people only in a trigger that names people, and names nobody if they are unknown', async () => {
    const removal = event(STUDENT_REMOVED, 0, REMOVED_KOFI);
    const namesIn = async (kept: KeptEvent, choice?: Partial<PersonChoice>) =>
      (await divided(kept, {}, choice)).runs.map(({ names }) => names);
    expect(await namesIn(afterFull(removal), NAMES)).toMatchObject([{ changed_people: 'Kofi Abara' }]);
    expect(await namesIn(afterFull(removal))).toEqual([{}]);
    expect(await namesIn(alone(removal), NAMES)).toEqual([{ changed_people: null, changed_people_ids: null }]);
    expect(await namesIn(afterFull(event(EDITED, 0)), NAMES)).toEqual([{}]);
  });

  it('has no runs if another event of the burst has reported the whole change', async () => {
    const removal = event(STUDENT_REMOVED, 0, REMOVED_KOFI);
    const burst = [{ event: event(STUDENT_REMOVED, -1, REMOVED_KOFI), isSelected: true }];
    for (const run_for of ['lesson', 'student']) {
      expect((await divided({ ...afterFull(removal), burst }, { run_for }, NAMES)).runs).toEqual([]);
    }
  });

  it.each([
    ['student', ['Kofi Abara', 'Emil Castellan']],
    ['client', ['Kofi Abara', 'Emil Castellan']],
    ['tutor', ['Kofi Abara, Emil Castellan', 'Kofi Abara, Emil Castellan']],
  ])(
    'by each %s names only the changed people of the own family, and all of them for a tutor',
    async (run_for, names) => {
      const rest = withStudents(...STUDENT_ROWS.filter((row) => row !== KOFI && row !== EMIL));
      const { runs } = await divided(afterFull(event(STUDENT_REMOVED, 0, rest)), { run_for }, NAMES);
      expect(runs.map((each) => each.names.changed_people)).toEqual(names);
    },
  );

  it('fills in a read lesson only if the event lacks the people, and gives lookups the part of each person', async () => {
    const record = { ...FULL.subject, notes: 'of the record' };
    const { runs } = await divided(alone(event(EDITED, 0)), EACH_STUDENT, {}, { record });
    expect(runs[0]?.state).not.toHaveProperty('notes');
    const sent = { id: FULL.subject.id, model: 'Appointment' };
    const read = await divided(
      alone({ ...FULL, action: EDITED, subject: sent }),
      EACH_STUDENT,
      {},
      { responses: [record] },
    );
    expect(read.runs).toHaveLength(9);
    expect(read.runs[2]?.state).toMatchObject({ notes: 'of the record', rcras: [CHIARA] });
    expect(await read.runs[2]?.subject.details()).toMatchObject({ rcras: [CHIARA] });
    expect(read.requests()).toBe(1);
  });

  it('shows the last known fields of a deleted lesson', async () => {
    const deleted = {
      ...FULL,
      action: 'DELETED_AN_APPOINTMENT',
      subject: { id: FULL.subject.id, model: 'Appointment' },
    };
    const { runs } = await divided(afterFull(deleted), {});
    expect(runs).toMatchObject([{ state: { topic: FULL.subject.topic }, whole: { topic: FULL.subject.topic } }]);
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
