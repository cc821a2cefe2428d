/** Create Job and Update Job against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, fieldsOf } from '../support/steps.ts';
import { testWrites } from '../support/written-records.ts';

const tutorCruncher = useTutorCruncher();
const bodies = () => tutorCruncher.writes().map(({ body }) => body);

testWrites(tutorCruncher, {
  create_job: {
    request: 'POST /api/services/',
    body: {
      name: 'Maths for Ada',
      dft_charge_rate: '42.00',
      dft_contractor_rate: '30.50',
      dft_charge_type: 'one-off',
      status: 'available',
      description: 'Tacitus {{bundle.x}}\nand Livy',
      rcrs: [{ recipient: 503 }, { recipient: 504 }],
      conjobs: [
        { contractor: 403, contractor_permissions: 'add-edit' },
        { contractor: 404, contractor_permissions: 'add-edit' },
      ],
      colour: 'SteelBlue',
    },
    record: {
      job_name: 'Maths for Ada',
      job_default_charge_rate: 42,
      job_default_tutor_rate: 30.5,
      job_status: 'available',
      student_names: 'Leo Raman, Ada Adeyemi',
    },
    trigger: 'job_created',
  },
  update_job: {
    request: 'PUT /api/services/705/',
    body: {
      name: 'A Level {{bundle.x}}',
      dft_charge_rate: '48.50',
      dft_contractor_rate: '0.00',
      status: 'finished',
      colour: 'Teal',
    },
    record: { id: 705, job_name: 'A Level {{bundle.x}}', job_status: 'finished' },
    trigger: 'job_updated',
  },
});

describe('create_job', () => {
  it.each<[inputData: JsonObject, sent: JsonObject]>([
    [{ tutors: [null, ''], tutor_permissions: 'edit' }, {}],
    [{ tutors: ['402'] }, { conjobs: [{ contractor: 402 }] }],
  ])('with %j sends %j, because permissions need a tutor', async (inputData, sent) => {
    await act('create_job', { name: 'Latin for Ada', charge_rate: '40', pay_rate: 0, ...inputData });
    const required = { name: 'Latin for Ada', dft_charge_rate: '40.00', dft_contractor_rate: '0.00' };
    expect(bodies()).toEqual([{ ...required, ...sent }]);
  });
});

/** Creates a job without people. */
const create = (inputData: JsonObject) =>
  act('create_job', { name: 'Latin for Ada', charge_rate: '40', pay_rate: '25', ...inputData });

describe('the charge type of a new job', () => {
  it.each([
    ['Hourly', 'hourly', 'Hourly'],
    ['One Off', 'one-off', 'One off'],
    ['Hourly Split', 'hourly-split', 'Hourly split'],
    ['one-off-split', 'one-off-split', 'One off split'],
  ])('%s is sent as %s, and a lesson shows %s', async (charge_type, sent, shown) => {
    const { id } = await create({ charge_type });
    expect(bodies()).toMatchObject([{ dft_charge_type: sent }]);
    const times = { start: '2027-06-10 17:00', length_in_minutes: '60' };
    const lesson = await act('create_lesson', { job: id, topic: 'Verbs', ...times });
    expect(lesson).toMatchObject({ lesson_charge_type: shown });
  });

  it('is explained in the help texts of the rates that TutorCruncher divides', async () => {
    const helpOf = async (key: string, field: string) =>
      (await fieldsOf(key)).find((one) => one.key === field)?.helpText ?? '';
    for (const key of ['create_job', 'update_job', 'add_student_to_job', 'add_student_to_lesson', 'create_lesson']) {
      expect([key, await helpOf(key, 'charge_rate')]).toEqual([
        key,
        expect.stringMatching(/Split.* divide[sd] .*among/),
      ]);
    }
    expect(await helpOf('create_job', 'charge_type')).toMatch(/share it \(Split\)/);
    for (const key of ['create_job', 'add_tutor_to_job', 'create_lesson']) {
      expect(await helpOf(key, 'pay_rate')).not.toMatch(/divide/);
    }
  });
});

describe('the automatic invoicing of a new job', () => {
  it.each([
    ['Yes', { auto_invoice: true }],
    ['no', { auto_invoice: false }],
    ['', {}],
  ])('with "%s" sends %j', async (automatic_invoicing: string, sent: { auto_invoice?: boolean }) => {
    for (const autoInvoiceDefault of [true, false]) {
      tutorCruncher.now.behaviour.autoInvoiceDefault = autoInvoiceDefault;
      const record = await create({ automatic_invoicing });
      expect(record).toMatchObject({ job_auto_invoice: sent.auto_invoice ?? autoInvoiceDefault });
    }
    const required = { name: 'Latin for Ada', dft_charge_rate: '40.00', dft_contractor_rate: '25.00' };
    expect(bodies()).toEqual([
      { ...required, ...sent },
      { ...required, ...sent },
    ]);
  });

  it('has the choices Yes and No, and the description says what an empty field means', async () => {
    const field = (await fieldsOf('create_job')).find(({ key }) => key === 'automatic_invoicing');
    expect(field).toMatchObject({ choices: { yes: 'Yes', no: 'No' } });
    expect(app.creates.create_job?.display.description).toMatch(/or leave it empty for the default of your branch\./);
    expect(await failureOf(create({ automatic_invoicing: 'maybe' }))).toMatch(/ must contain one of these: Yes; No\./);
  });
});

describe('the manager and the location of a job', () => {
  it('are ids from earlier steps', async () => {
    await create({ manager: '11', location: '7008' });
    await act('update_job', { job: '705', manager: 12, location: 7009 });
    expect(bodies()).toMatchObject([
      { service_manager: 11, dft_location: 7008 },
      { service_manager: 12, dft_location: 7009 },
    ]);
  });

  it.each(['manager', 'location'])('are refused if %s is not an id', async (key) => {
    expect(await failureOf(create({ [key]: 'Dana Mercer' }))).toMatch(/does not contain an ID\. Map an ID into it/);
    expect(bodies()).toEqual([]);
  });
});

it.each([
  ['students', 'Student Charge Rate'],
  ['tutors', 'Tutor Pay Rate'],
])('create_job explains why the result has no rate of its %s', async (input, label) => {
  const people = (await fieldsOf('create_job')).find(({ key }) => key === input);
  expect(people?.helpText).toContain(`${label} in the result is empty, because`);
});

describe('update_job', () => {
  const update = (inputData: JsonObject) => act('update_job', { job: '705', ...inputData });
  /** Makes the job in responses to reads differ from the stored job. */
  const changeRead = (changes: JsonObject) => {
    const found = { ...tutorCruncher.now.account.find('services', '705'), ...changes };
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? [200, found] : null);
  };

  it('sends the required fields and the filled-in fields, and no read-only fields', async () => {
    await update({ status: 'Finished' });
    const required = { name: 'GCSE Maths for Leo', dft_charge_rate: 42, dft_contractor_rate: 30 };
    expect(bodies()).toEqual([{ ...required, status: 'finished' }]);
  });

  it.each([{ name: '' }, { dft_charge_rate: null }, { dft_contractor_rate: undefined }, { dft_charge_rate: 'free' }])(
    'writes nothing if the job that it reads has %j',
    async (changes) => {
      changeRead(changes);
      expect(await failureOf(update({ colour: 'Teal' }))).toMatch(/contains no name and rates of the job\. /);
      expect(bodies()).toEqual([]);
    },
  );

  it('accepts rates as text, and sends them unchanged', async () => {
    changeRead({ dft_charge_rate: '42.10', dft_contractor_rate: '0.00' });
    await update({ colour: 'Teal' });
    expect(bodies()).toMatchObject([{ dft_charge_rate: '42.10', dft_contractor_rate: '0.00', colour: 'Teal' }]);
  });
});
