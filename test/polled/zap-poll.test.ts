/**
 * The details of a record, and the Zap's runs for the record: one run, or one run for each person, with lookups and
 * choices.
 */

import { describe, expect, it } from '@jest/globals';

import { toScalar, type JsonObject } from '../../wire/json.ts';
import {
  CLASS_LESSON,
  FAMILIES,
  STUDENT_ROWS,
  tracesOfOthers,
  WITHOUT_CLIENT,
} from '../../local/events/class-of-nine.ts';
import { review } from '../../objects/review.ts';
import type { Lookup } from '../../src/lookups/lookup.ts';
import { UNDECIDED, type Poll } from '../../src/polled/due-rows.ts';
import type { PolledTriggerDefinition } from '../../src/polled/polled-trigger-definition.ts';
import { beginPoll, readDetails, recordsOf } from '../../src/polled/zap-poll.ts';
import { bundleWith, cachedZ } from '../support/direct-polls.ts';
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
  it('include the requests for the contact details of each person, which the record contains', async () => {
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

  it('delay all runs of a lesson if one client cannot be read', async () => {
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

  it('leave a lesson waiting if the lesson does not show its people', async () => {
    await turnOn();
    const lesson = add(2, 'planned', { rcras: null });
    expect(await failureOf(pollLater())).toContain('does not contain who takes part in the lesson');
    tutorCruncher.now.account.change('appointments', lesson.id, CLASS_LESSON);
    expect(await pollLater()).toHaveLength(7);
  });
});

describe('the people of a run', () => {
  it('must meet the choices of the Zap', async () => {
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

  it('can be missing, so that there is no run', async () => {
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

  it('must be chosen from the entries of the field', async () => {
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

describe('the details of a record', () => {
  const NOW = Date.now();
  const HOUR = 3_600_000;
  const lookup: Lookup = {
    field: { key: 'reads_more', label: 'Reads More', type: 'boolean' },
    sample: {},
    requestsFor: () => 3,
    find: () => Promise.resolve({ fields: { more: true } }),
  };
  const trigger = (changes: Partial<Poll>): PolledTriggerDefinition => ({
    key: 'review_created',
    label: 'New Review',
    description: 'Triggers when a client writes a review.',
    object: review,
    inputs: [],
    lookups: [lookup],
    reminders: () => [1, 2].map((hours) => ({ afterMs: hours * HOUR, idEnd: String(hours), fields: {} })),
    poll: () => ({
      readRows: () => Promise.resolve([]),
      momentOf: ({ at }) => Number(at),
      span: { from: NOW - 5 * HOUR, to: NOW },
      isDue: () => true,
      ...changes,
    }),
  });
  const begin = (changes: Partial<Poll>, inputData: JsonObject = {}) =>
    beginPoll(trigger(changes), cachedZ(), { ...bundleWith(), inputData: { time_zone: 'UTC', ...inputData } });
  /** Reads the details of a review that was written three hours ago, for its second reminder. */
  const read = async (changes: Partial<Poll> = {}, rows: readonly JsonObject[] = [{ id: 1, at: NOW - 3 * HOUR }]) => {
    const fullRows = new Map(rows.map((row) => [String(row.id), row]));
    return readDetails(await begin(changes), { rowId: '1', at: NOW - HOUR }, { fullRows });
  };

  it('are due for the reminder that is nearest to the moment of the row', async () => {
    expect(await read()).toMatchObject({ id: '1@2', at: NOW - HOUR, zapRuns: [{ id: '1@2' }] });
  });

  it.each<[string, Partial<Poll>, JsonObject[] | undefined]>([
    ['do not exist', {}, []],
    ['are not due', { isDue: () => false }, undefined],
    ['cannot be decided yet', { readMore: () => Promise.resolve(UNDECIDED) }, undefined],
  ])('wait for a later poll, or stay unknown, if they %s', async (_why, changes, rows) => {
    expect(await read(changes, rows)).toBeNull();
  });

  it.each<[string, Partial<Poll>]>([
    ['do not meet the choices of the Zap', { isChosen: () => false }],
    ['are excluded by further requests', { readMore: () => Promise.resolve(null) }],
  ])('never run the Zap for anybody if they %s', async (_why, changes) => {
    expect(await read(changes)).toMatchObject({ id: '1@2', zapRuns: [] });
  });

  it('spend the requests of lookups beyond the first of each, and have the fields that the lookups add', async () => {
    const spent: number[] = [];
    const found = await readDetails(
      await begin({}, { reads_more: 'true' }),
      { rowId: '1', at: NOW - 2 * HOUR },
      {
        fullRows: new Map([['1', { id: 1, at: NOW - 3 * HOUR }]]),
        spend: (count) => Promise.resolve(void spent.push(count)),
      },
    );
    expect([spent, found?.zapRuns]).toMatchObject([[2], [{ fields: { more: true } }]]);
  });

  it('become records, the newest first', async () => {
    const due = [2, 3, 1].map((at) => {
      const id = String(at);
      return { id, rowId: id, at, row: {}, zapRuns: [{ id, row: { id: at }, fields: { more: true } }] };
    });
    expect(await recordsOf(await begin({}), due)).toMatchObject(
      [3, 2, 1].map((at) => ({ id: String(at), review_id: at, more: true })),
    );
  });
});
