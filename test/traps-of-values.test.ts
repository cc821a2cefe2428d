/**
 * The traps of TutorCruncher's API and of Zapier that are about values: the inputs of a step, the values that it sends,
 * and the response. Each trap has a `describe` with its name. `test/traps.test.ts` contains the traps that are about
 * runs and their requests.
 */

import { describe, expect, it } from '@jest/globals';

import { actions } from '../creates/index.ts';
import type { JsonObject } from '../wire/json.ts';
import { ACTION_RUNS } from './action-runs.ts';
import { app } from './helpers.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, convertAsZapier, failureOf, fieldsOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();
const RUNS = Object.entries(ACTION_RUNS);
const NEW = { last_name: 'Novak' };

const lastBody = (): JsonObject => tutorCruncher.writes().at(-1)?.body ?? {};
const inputsOf = (key: string) => actions.find(({ definition }) => definition.key === key)?.inputs ?? [];

describe('same email address, other role', () => {
  it('becomes one person, who shares the name and the address, as described in the help text', async () => {
    const created = await act('create_tutor', { last_name: 'Raman-Wood', email: 'priya.raman@example.com' });
    expect(created).toMatchObject({ tutor_first_name: 'Priya', tutor_town: 'Bristol' });
    expect(await find('find_client', { client: '301' })).toMatchObject([{ client_name: 'Priya Raman-Wood' }]);
    for (const { definition, inputs } of actions.filter(({ definition }) =>
      /^(create|update)_(cl|tu|st|af)/.test(definition.key),
    )) {
      const email = inputs.find(({ field }) => field.key === 'email');
      expect([definition.key, email?.field.helpText]).toEqual([
        definition.key,
        expect.stringMatching(/share a name and postal address/),
      ]);
    }
  });
});

describe('datetimes', () => {
  const update = (inputData: JsonObject, timezone?: string) =>
    act('update_lesson', { lesson: '9109', ...inputData }, timezone === undefined ? {} : { timezone });

  it.each([
    ['2027-06-10T17:00:00+01:00', 'America/New_York', '2027-06-10T16:00:00Z'],
    ['2027-06-10T17:00', 'America/New_York', '2027-06-10T16:00:00Z'],
    ['2027-06-10 17:00:30', 'Europe/London', '2027-06-10T16:00:30Z'],
    ['2027-01-10T17:00Z', 'Asia/Kolkata', '2027-01-10T17:00:00Z'],
  ])('"%s" in a Zap in %s is the moment %s', async (start, timezone, moment) => {
    expect((await update({ start }, timezone)).lesson_start).toBe(moment);
    expect(lastBody().start).toMatch(/(?:Z|[+-]\d{2}:\d{2})$/);
  });

  it('a lesson requires a time, and an offset if the time zones of the branch and of the Zap are unknown', async () => {
    expect(await failureOf(update({ start: '2027-06-10' }, 'Europe/London'))).toMatch(/a date without a time/);
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path === '/api/branch/' ? [404, {}] : null);
    expect(await failureOf(update({ start: '2027-06-10T17:00' }))).toMatch(/has no time zone/);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('a lesson finishes after its start', async () => {
    const times = { start: '2027-06-10T17:00Z', finish: '2027-06-10T17:30+01:00' };
    expect(await failureOf(update(times))).toMatch(/must finish after its start/);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it.each([
    ['2027-06-10', '2027-06-10'],
    ['2027-06-10T23:30:00-07:00', '2027-06-10'],
    ['2027-06-10T00:30:00+10:00', '2027-06-10'],
    ['2027-06-10T23:30:00Z', '2027-06-10'],
    ['2015-03-04T00:00:00Z', '2015-03-04'],
  ])('a custom date is the date as written in "%s": %s', async (date, day) => {
    await act('update_client', { client: '301', custom_date_of_birth: date }, { timezone: 'America/New_York' });
    expect(lastBody()).toEqual({ extra_attrs: { date_of_birth: day } });
  });
});

describe('money', () => {
  const amounts = actions.flatMap(({ definition: { key }, inputs }) =>
    inputs
      .filter(({ field }) => /(?:rate|percentage|^amount|charge_client|pay_tutor)$/.test(field.key))
      .map(({ field }): [string, string, string] => [key, field.key, field.label]),
  );

  it.each(amounts)('%s takes only plain decimals as %s', async (key, input, label) => {
    const values = '1,234.50|£30|$5|30 GBP|-5|-0.01|1.234|1e3|0x10|.5|5.|NaN|Infinity|12345678901'.split('|');
    const fields = await fieldsOf(key);
    for (const value of values) {
      const inputData = convertAsZapier({ ...ACTION_RUNS[key], [input]: value }, fields, 'UTC');
      const message = await failureOf(act(key, inputData));
      expect([value, message]).toEqual([
        value,
        expect.stringContaining(`The field "${label}" of this step must contain a number`),
      ]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it.each([
    [0, '0.00'],
    ['0', '0.00'],
    [12.5, '12.50'],
    ['007.5', '7.50'],
    [' 42 ', '42.00'],
    ['9999999999.99', '9999999999.99'],
  ])('sends %j as the text "%s"', async (value, sent) => {
    await act('update_tutor', { tutor: '402', default_rate: value });
    expect(lastBody()).toEqual({ default_rate: sent });
  });
});

describe('empty is not unset', () => {
  const EMPTY = ['', ' ', '\n', null, [], [''], [null]];

  it.each(RUNS)('%s sends no empty field', async (key, inputData) => {
    // Rejected writes change nothing, so the next run starts from the same state.
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' || method === 'PUT' ? [400, {}] : null);
    await failureOf(act(key, inputData));
    const expected = lastBody();
    for (const [index, empty] of EMPTY.entries()) {
      const blank = Object.fromEntries(inputsOf(key).map(({ field }) => [field.key, empty]));
      await failureOf(act(key, { ...blank, custom_gone: empty, ...inputData }));
      expect(tutorCruncher.writes()).toHaveLength(index + 2);
      expect(lastBody()).toEqual(expected);
    }
  });

  it.each(RUNS)('%s asks core not to remove what is empty', (key) => {
    expect(app.creates[key]?.operation.cleanInputData).toBe(false);
  });

  it('false and 0 are values', async () => {
    await act('update_client', { client: '301', taxable: false, custom_contract_signed: false });
    expect(lastBody()).toEqual({ is_taxable: false, extra_attrs: { contract_signed: false } });
    await act('update_student', { student: '503', default_rate: 0 });
    expect(lastBody()).toEqual({ default_rate: '0.00' });
  });

  it.each(['update_client', 'update_tutor', 'update_student', 'update_affiliate', 'update_lesson'])(
    '%s refuses to change nothing',
    async (key) => {
      const word = key.slice('update_'.length);
      const message = await failureOf(act(key, { [word]: ACTION_RUNS[key]?.[word], last_name: '', topic: null }));
      expect(message).toMatch(/^This step changes nothing/);
      expect(tutorCruncher.requests()).toEqual([]);
    },
  );
});

describe('PUT needs the required fields', () => {
  it('and takes them from a fresh read, with only the filled-in fields changed', async () => {
    const before = { ...tutorCruncher.now.account.find('appointments', '9109') };
    await act('update_lesson', { lesson: '9109', topic: 'Revision' });
    expect(tutorCruncher.requests()[0]).toMatchObject({ method: 'GET', path: '/api/appointments/9109/' });
    const { start, finish } = before;
    expect(lastBody()).toEqual({ topic: 'Revision', start, finish, status: 'planned', service: 708 });
    const after = tutorCruncher.now.account.find('appointments', '9109');
    expect(after).toMatchObject({ rcras: before.rcras, cjas: before.cjas, location: before.location });
  });
});

describe('the shape that is read is not the shape that is written', () => {
  it.each([
    ['client', { country: '183' }, { country: 183 }, { client_country: 'United Kingdom (GB)' }],
    ['client', { affiliate: '605' }, { associated_agent: 605 }, { client_associated_affiliate_name: 'Farah Haddad' }],
    ['student', { academic_year: 'Year 9' }, { academic_year: 10 }, { student_academic_year: 'Year 9' }],
    [
      'client',
      { custom_preferred_tutor: "Doesn't matter" },
      { extra_attrs: { preferred_tutor: 'doesnt-matter' } },
      { custom_preferred_tutor: "Doesn't matter" },
    ],
    [
      'client',
      { custom_contract_signed: 'no' },
      { extra_attrs: { contract_signed: false } },
      { custom_contract_signed: 'False' },
    ],
  ] as const)('update_%s with %j sends %j', async (word, inputData, body, record) => {
    expect(await act(`update_${word}`, { ...ACTION_RUNS[`update_${word}`], town: '', ...inputData })).toMatchObject(
      record,
    );
    expect(lastBody()).toEqual(body);
  });

  it('the values of a trigger or a search can be mapped to a step', async () => {
    const [record = {}] = await find('find_student', { student: '503' });
    await act('update_student', {
      student: record.student_id,
      academic_year: record.student_academic_year,
      default_rate: record.student_default_rate,
      custom_preferred_tutor: record.custom_preferred_tutor,
      custom_contract_signed: record.custom_contract_signed,
      mobile: record.student_mobile,
    });
    expect(await find('find_student', { student: '503' })).toMatchObject([
      { student_academic_year: record.student_academic_year, custom_preferred_tutor: record.custom_preferred_tutor },
    ]);
  });
});

describe('accounts with version 1 of the API', () => {
  it.each(RUNS.filter(([key]) => /_(?:client|tutor|student|affiliate|label)$/.test(key)))(
    '%s returns the complete record',
    async (key, inputData) => {
      tutorCruncher.now.behaviour.isOlderShape = true;
      const record = await act(key, inputData);
      const word = /client|tutor|student|affiliate/.exec(key)?.[0] ?? 'client';
      const [found] = await find(`find_${word}`, { [word]: record.id });
      expect(record).toMatchObject(found ?? {});
      expect(record[`${word}_name`]).toMatch(/\S \S/);
    },
  );
});

describe('keys of custom fields', () => {
  it.each([true, false])(
    'lead back to machine names with hyphens and underscores (OPTIONS: %s)',
    async (isDescribed) => {
      tutorCruncher.now.behaviour.describesCustomFields = isDescribed;
      const keys = (await fieldsOf('create_client')).map(({ key }) => key).filter((key) => key.startsWith('custom_'));
      expect(keys).toContain('custom_teaching_experience');
      const answers = { custom_teaching_experience: 'Ten years', custom_date_of_birth: '2001-02-03' };
      const record = await act('create_client', { ...NEW, ...answers });
      expect(lastBody().extra_attrs).toEqual({ 'teaching-experience': 'Ten years', date_of_birth: '2001-02-03' });
      expect(record).toMatchObject(answers);
    },
  );
});

describe('a label that is not for this role, and a stage of a client who is not a prospect', () => {
  it('are refused by TutorCruncher, and the error names the field', async () => {
    tutorCruncher.now.behaviour.intercept = () => [400, { label: ['This label is not for Jobs.'] }];
    expect(await failureOf(act('add_label', ACTION_RUNS.add_label ?? {}))).toMatch(/these fields: Label\. Correct/);
    tutorCruncher.now.behaviour.intercept = () => null;
    expect(await failureOf(act('update_client', { client: '301', pipeline_stage: '2' }))).toMatch(
      /these fields: Pipeline Stage\. Correct/,
    );
    const help = inputsOf('update_client').find(({ field }) => field.key === 'pipeline_stage')?.field.helpText;
    expect(help).toMatch(/Only clients with the status Prospect/);
  });
});

describe('double curly braces', () => {
  it('reach TutorCruncher as typed, although core removes them from requests', async () => {
    const typed = '{{bundle.inputData.email}} {{{ }} {{process.env.X}}';
    await act('update_client', { client: '301', street: typed, custom_teaching_experience: typed });
    expect(lastBody()).toEqual({ street: typed, extra_attrs: { 'teaching-experience': typed } });
    expect(await find('find_client', { client: '301' })).toMatchObject([{ client_street: typed }]);
  });

  it('reach TutorCruncher as typed in the filters of a search as well', async () => {
    await act('update_client', { client: '301', last_name: '{{x}} {Raman}' });
    expect(await find('find_client', { find_last_name: '{{x}} {Raman}' })).toMatchObject([{ id: 301 }]);
    const { path = '' } = tutorCruncher.requests().find((request) => request.path.includes('?')) ?? {};
    expect(new URL(path, 'http://x').searchParams.get('user__last_name')).toBe('{{x}} {Raman}');
  });
});
