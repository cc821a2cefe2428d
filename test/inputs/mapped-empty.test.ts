/** Fields into which a value of an earlier step is mapped. In these runs, the value is empty. */

import { describe, expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';
import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { objectSearches } from '../../searches/index.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { appTester } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, search } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const PLACEHOLDER = '{{123456__id}}';

/** The forms in which Zapier might pass an empty value. Undefined stands for a missing key. */
const EMPTY_VALUES = [undefined, null, '', ' ', [], [''], [null]];

/** Returns the raw values of inputs. Mapped inputs contain placeholders, and all other inputs contain typed values. */
const rawWith = (inputData: JsonObject, ...mapped: string[]): JsonObject => ({
  ...inputData,
  ...Object.fromEntries(mapped.map((key) => [key, PLACEHOLDER])),
});

const without = (inputData: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(inputData).filter(([name]) => name !== key));

/**
 * Returns the values of inputs, and sets one input to the given value. If the value is undefined, the key is missing.
 */
const withValue = (inputData: JsonObject, key: string, value: unknown): JsonObject =>
  value === undefined ? without(inputData, key) : { ...inputData, [key]: value };

const problemOf = (label: string) =>
  `The field "${label}" of this step is empty in this run, although a value is mapped`;

describe('a criterion that is mapped and empty', () => {
  it.each<[key: string, inputData: JsonObject, mapped: string, label: string]>([
    ['find_student', { find_first_name: 'Leo', find_last_name: 'Smith' }, 'client', 'Client'],
    ['find_student', { find_first_name: 'Leo' }, 'email', 'Email'],
    ['find_job', { find_name: 'Maths' }, 'find_student', 'Find Student'],
    ['find_lesson', { find_job: '705' }, 'find_client', 'Find Client'],
    ['find_lesson', { find_job: '705' }, 'find_which', 'Which Lesson'],
    ['find_client', { find_last_name: 'Raman' }, 'email', 'Email'],
    ['find_invoices', { find_statuses: ['unpaid'] }, 'find_client', 'Find Client'],
  ])('makes %s with %j fail if it is %s, in each form of an empty value', async (key, inputData, mapped, label) => {
    for (const value of EMPTY_VALUES) {
      const run = search(key, withValue(inputData, mapped, value), {}, rawWith(inputData, mapped));
      expect(await failureOf(run)).toContain(problemOf(label));
    }
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each(objectSearches.map((step) => [step.definition.key, step] as const))(
    'makes %s fail in each of its inputs',
    async (key, { inputs }) => {
      for (const { field } of inputs) {
        const run = search(key, { [field.key]: '' }, {}, { [field.key]: PLACEHOLDER });
        expect(await failureOf(run)).toContain(problemOf(field.label));
      }
      expect(tutorCruncher.requests()).toEqual([]);
    },
  );

  it('makes a search for several statuses fail if one of them is empty', async () => {
    const raw = { find_statuses: ['unpaid', PLACEHOLDER] };
    for (const find_statuses of [['unpaid', ''], ['unpaid', null], ['unpaid'], 'unpaid,']) {
      expect(await failureOf(search('find_invoices', { find_statuses }, {}, raw))).toMatch(
        /^The field "Find Statuses" of this step has an empty entry in this run/,
      );
    }
  });

  it.each<[key: string, inputData: JsonObject, mapped: string[], id: number]>([
    ['find_client', { email: 'priya.raman@example.com' }, ['find_first_name', 'find_last_name'], 301],
    ['find_client', { client: '301' }, ['email', 'find_first_name'], 301],
    ['find_job', { job: '705' }, ['find_name', 'find_student'], 705],
  ])('does not make %s fail if %j makes the step ignore it', async (key, inputData, mapped, id) => {
    expect(await search(key, inputData, {}, rawWith(inputData, ...mapped))).toMatchObject([{ id }]);
  });
});

describe('a field of a search that is not mapped and empty', () => {
  it.each<[reason: string, inputDataRaw: JsonObject]>([
    ['is empty', { find_first_name: 'Priya', email: '' }],
    ['has no raw value', {}],
    ['contains braces that are no placeholder', { email: '{ {x} } {{' }],
    ['belongs to another step', { find_last_name: PLACEHOLDER, subject: PLACEHOLDER }],
  ])('changes nothing if it %s', async (_reason, inputDataRaw) => {
    const inputData = { find_first_name: 'Priya', find_last_name: 'Raman', email: '' };
    expect(await search('find_client', inputData, {}, inputDataRaw)).toMatchObject([{ id: 301 }]);
  });

  it.each([undefined, null])('changes nothing if Zapier passes no raw values (%j)', async (inputDataRaw) => {
    const bundle = {
      authData: { private_key: PRIVATE_KEY },
      inputData: { find_first_name: 'Priya', email: '' },
      inputDataRaw,
    };
    const method = app.searches.find_client?.operation.perform;
    expect(await appTester(method, bundle, true)).toMatchObject([{ id: 301 }]);
  });
});

const ACTIONS = actions.map((action) => [action.definition.key, action] as const);

/** Returns the requests that write, and the message of a failure. */
async function effectOf(run: Promise<unknown>): Promise<{ writes: unknown[]; problem: string | null }> {
  const before = tutorCruncher.writes().length;
  const problem = await run.then(
    () => null,
    (error: unknown) => failureOf(Promise.reject(error as Error)),
  );
  return {
    writes: tutorCruncher
      .writes()
      .slice(before)
      .map(({ path, body }) => [path, body]),
    problem,
  };
}

describe('an input of an action', () => {
  it.each(ACTIONS)('of %s is required, or states the effect of an empty mapped value', (_key, { inputs }) => {
    for (const { field, text } of inputs) {
      expect([field.key, text.required === true || text.ifMappedEmpty]).toEqual([
        field.key,
        field.required === true || expect.stringMatching(/^(?:fail|omit)$/),
      ]);
    }
  });

  /**
   * Returns the inputs that an action needs in addition to the field: Add Label and Remove Label have a field for each
   * type.
   */
  const valuesFor = (key: string, field: string, isConditional: boolean): JsonObject => ({
    ...ACTION_RUNS[key],
    ...(isConditional && { type: field }),
  });

  it.each(ACTIONS)(
    'of %s makes the step fail if it is mapped and empty, unless it only adds a detail',
    async (key, action) => {
      for (const input of action.inputs.filter(({ ifMappedEmpty }) => ifMappedEmpty === 'fail')) {
        const { key: name, label } = input.field;
        const values = valuesFor(key, name, !action.fixedInputs.includes(input));
        for (const value of [undefined, '']) {
          const run = act(key, withValue(values, name, value), {}, rawWith(values, name));
          expect(await effectOf(run)).toEqual({ writes: [], problem: expect.stringContaining(problemOf(label)) });
        }
      }
    },
  );

  it.each(ACTIONS)(
    'of %s that only adds a detail counts as not filled in if it is mapped and empty',
    async (key, action) => {
      // Every write is refused, so that each run finds the same records.
      tutorCruncher.now.behaviour.intercept = ({ method }) => (/^(?:POST|PUT)$/.test(method) ? [400, {}] : null);
      for (const { field } of action.inputs.filter(({ ifMappedEmpty }) => ifMappedEmpty === 'omit')) {
        const values = without(ACTION_RUNS[key] ?? {}, field.key);
        const expected = await effectOf(act(key, values));
        for (const value of [undefined, '']) {
          const run = act(key, withValue(values, field.key, value), {}, rawWith(values, field.key));
          expect(await effectOf(run)).toEqual(expected);
        }
      }
    },
  );

  it.each<[key: string, inputData: JsonObject, mapped: string, label: string]>([
    ['create_lesson', { everyone_on_job: true }, 'students', 'Students'],
    ['create_lesson', { students: ['503'] }, 'tutors', 'Tutors'],
    ['create_lesson', { students: ['503'] }, 'charge_rate', 'Charge Rate'],
    ['create_ad_hoc_charge', { client: '302', charge_client: '18.5' }, 'date', 'Date'],
    ['create_ad_hoc_charge', { client: '302', charge_client: '18.5' }, 'tutor', 'Tutor'],
  ])('makes %s with %j fail if it is %s, in each form of an empty value', async (key, inputData, mapped, label) => {
    const values = {
      ...(key === 'create_lesson'
        ? { job: '705', topic: 'Fractions', start: '2027-06-10T17:00:00+01:00', length_in_minutes: 60 }
        : { category: '7', description: 'Exam fee' }),
      ...inputData,
    };
    for (const value of EMPTY_VALUES) {
      const run = act(key, withValue(values, mapped, value), {}, rawWith(values, mapped));
      expect(await failureOf(run)).toContain(problemOf(label));
    }
    expect(tutorCruncher.requests()).toEqual([]);
  });
});

describe('a field for several records', () => {
  const LESSON = { job: '705', topic: 'Fractions', start: '2027-06-10T17:00:00+01:00', length_in_minutes: 60 };
  const book = (students: unknown, raw: unknown) =>
    act('create_lesson', { ...LESSON, students }, {}, { ...LESSON, students: raw });

  it.each<[students: unknown, raw: unknown]>([
    [
      ['503', ''],
      [PLACEHOLDER, PLACEHOLDER],
    ],
    [
      ['', '503'],
      ['{{1__id}}', '503'],
    ],
    [['503', null], [PLACEHOLDER]],
    [['503'], ['503', PLACEHOLDER]],
    [['503'], { 0: '503', 1: PLACEHOLDER }],
    ['503,', '{{1__id}},{{2__id}}'],
    ['503,,504', PLACEHOLDER],
  ])('fails if %j lacks an entry that was mapped as %j', async (students, raw) => {
    expect(await failureOf(book(students, raw))).toMatch(
      /^The field "Students" of this step has an empty entry in this run, although a value is mapped into it/,
    );
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each<[students: unknown, raw: unknown]>([
    [['503', '504'], [PLACEHOLDER]],
    ['503, 504', PLACEHOLDER],
    [['503'], [PLACEHOLDER, '']],
    [
      ['503', ''],
      ['503', ''],
    ],
    [['503', ''], undefined],
  ])('accepts %j for %j', async (students, raw) => {
    await book(students, raw);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

it('a text with other characters counts as filled in', async () => {
  const values = { ...ACTION_RUNS.create_lesson, topic: 'Lesson ' };
  await act('create_lesson', values, {}, { ...values, topic: `Lesson ${PLACEHOLDER}` });
  expect(tutorCruncher.writes()[0]?.body).toMatchObject({ topic: 'Lesson ' });
});

it('a mapped, empty field keeps its value in an update', async () => {
  const values = { client: '301', town: 'Wells' };
  await act('update_client', { ...values, street: '' }, {}, rawWith(values, 'street'));
  expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([{ town: 'Wells' }]);
});

describe('a custom field', () => {
  it('counts as not filled in if it is mapped and empty', async () => {
    const values = { client: '301', town: 'Wells' };
    await act('update_client', { ...values, custom_school: '' }, {}, rawWith(values, 'custom_school', 'custom_x'));
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([{ town: 'Wells' }]);
  });
});

describe('the query of API Request', () => {
  const GET = { method: 'GET', path: 'clients/' };

  it.each<[request: JsonObject, raw: JsonObject, field: string, problem: string]>([
    [GET, { query: PLACEHOLDER }, 'Query', 'is empty'],
    [GET, { query: { user__email: PLACEHOLDER } }, 'Query', 'is empty'],
    [{ ...GET, query: {} }, { query: { user__email: PLACEHOLDER } }, 'Query', 'is empty'],
    [{ ...GET, query: { user__email: '' } }, { query: { user__email: PLACEHOLDER } }, 'Query', 'is empty'],
    [
      { ...GET, query: { page: '1' } },
      { query: { page: '1', user__email: PLACEHOLDER } },
      'Query',
      'has an empty entry',
    ],
    [
      { ...GET, query: { page: '1', user__email: null } },
      { query: { page: '1', user__email: PLACEHOLDER } },
      'Query',
      'has an empty entry',
    ],
    [
      { ...GET, query: { page: '1', '': 'x' } },
      { query: { page: '1', [PLACEHOLDER]: 'x' } },
      'Query',
      'has an empty entry',
    ],
  ])('sends nothing for %j from %j', async (request, raw, field, problem) => {
    expect(await failureOf(act('api_request', request, {}, { ...request, ...raw }))).toMatch(
      new RegExp(`^The field "${field}" of this step ${problem} in this run, although a value is mapped into it`),
    );
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each<[request: JsonObject, raw: JsonObject]>([
    [{ ...GET, query: { user__email: 'x@y.z' } }, { query: { [PLACEHOLDER]: PLACEHOLDER } }],
    [{ ...GET, query: { page: '', user__email: 'x@y.z' } }, { query: { page: '', user__email: PLACEHOLDER } }],
  ])('sends %j from %j', async (request, raw) => {
    expect(await act('api_request', request, {}, { ...request, ...raw })).toMatchObject({ status: 200 });
  });
});
