/** Create Job against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../wire/json.ts';
import { app } from './helpers.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, fieldsOf, find, search } from './steps.ts';

const tutorCruncher = useTutorCruncher();

const MINIMUM = { name: 'Latin for Ada', charge_rate: '40', pay_rate: '28.5' };
const SENT = { name: 'Latin for Ada', dft_charge_rate: '40.00', dft_contractor_rate: '28.50' };

const bodies = () => tutorCruncher.writes().map(({ method, path, body }) => [method, path, body]);
const create = (inputData: JsonObject = {}) => act('create_job', { ...MINIMUM, ...inputData });

describe('create_job', () => {
  it('sends the fields that are filled in, and returns the record that the search finds and the webhook contains', async () => {
    const record = await create({
      charge_type: 'One Off',
      status: 'Available',
      description: 'Tacitus {{bundle.x}}\nand Livy',
      students: ['503', 504, '503'],
      tutors: '402, 403',
      tutor_permissions: 'Add and Edit Lessons',
      colour: 'SteelBlue',
    });
    const tutor = { contractor_permissions: 'add-edit' };
    const body = {
      ...SENT,
      dft_charge_type: 'one-off',
      status: 'available',
      description: 'Tacitus {{bundle.x}}\nand Livy',
      rcrs: [{ recipient: 503 }, { recipient: 504 }],
      conjobs: [
        { contractor: 402, ...tutor },
        { contractor: 403, ...tutor },
      ],
      colour: 'SteelBlue',
    };
    expect(bodies()).toEqual([['POST', '/api/services/', body]]);
    expect(record).toMatchObject({
      job_name: 'Latin for Ada',
      job_default_charge_rate: 40,
      job_default_tutor_rate: 28.5,
      job_status: 'available',
      student_names: expect.stringMatching(/^Leo Raman/) as unknown,
    });
    expect(await find('find_job', { job: record.id })).toEqual([record]);

    const [event, ...others] = await tutorCruncher.triggered('job_created');
    expect(others).toEqual([]);
    expect(event).toMatchObject({ event_message: 'Created via the API.' });
    for (const [key, value] of Object.entries(record)) {
      if (key !== 'id') expect([key, event?.[key]]).toEqual([key, value]);
    }
  });

  it('sends nothing for empty inputs, and takes 0 as a rate', async () => {
    await create({
      charge_rate: 0,
      pay_rate: '0',
      charge_type: '',
      students: [],
      tutors: [null, ''],
      tutor_permissions: 'edit',
    });
    const body = { ...SENT, dft_charge_rate: '0.00', dft_contractor_rate: '0.00' };
    expect(bodies()).toEqual([['POST', '/api/services/', body]]);
  });

  it('sends tutors without permissions if none are chosen', async () => {
    await create({ tutors: ['402'] });
    expect(bodies()).toEqual([['POST', '/api/services/', { ...SENT, conjobs: [{ contractor: 402 }] }]]);
  });

  it('writes the custom fields of jobs', async () => {
    const labels = (await fieldsOf('create_job')).map(({ label }) => label);
    expect(labels).toContain('How did you hear about us?');
    expect(await create({ custom_how_did_you_hear: 'A friend' })).toMatchObject({
      custom_how_did_you_hear: 'A friend',
    });
    expect(tutorCruncher.writes()[0]?.body).toEqual({ ...SENT, extra_attrs: { how_did_you_hear: 'A friend' } });
  });

  it.each<[JsonObject, RegExp]>([
    [{ name: ' ' }, /^The field "Name" of this step is empty/],
    [{ charge_rate: '' }, /^The field "Charge Rate" of this step is empty/],
    [{ pay_rate: null }, /^The field "Pay Rate" of this step is empty/],
    [{ charge_rate: '-1' }, /^The field "Charge Rate" of this step must contain a number such as 42 or 42\.50/],
    [{ pay_rate: '£30' }, /^The field "Pay Rate" of this step must contain a number such as 42 or 42\.50/],
    [{ charge_type: 'weekly' }, /^The field "Charge Type" .* one of these: Hourly; One Off\.$/],
    [{ status: 'live' }, /^The field "Status" .* Pending; Available; In Progress; Finished; Gone Cold\.$/],
    [
      { students: ['503', 'Leo'] },
      /^The field "Students" of this step contains something that is not an ID\. Choose from/,
    ],
    [{ tutors: '402/remove' }, /^The field "Tutors" of this step contains something that is not an ID\. Choose from/],
    [
      { tutor_permissions: 'all' },
      /^The field "Tutor Permissions" of this step must contain one of these: Add, Edit and/,
    ],
  ])('refuses %j before anything is sent', async (inputData, message) => {
    expect(await failureOf(create(inputData))).toMatch(message);
    expect(tutorCruncher.now.requests).toEqual([]);
  });

  it.each<[JsonObject, string]>([
    [{ students: ['503', '999'] }, 'Students'],
    [{ tutors: ['999'] }, 'Tutors'],
    [{ name: 'x'.repeat(300) }, 'Name'],
  ])('names the field if TutorCruncher rejects %j, and creates nothing', async (inputData, label) => {
    const jobs = tutorCruncher.now.account.list('services');
    expect(await failureOf(create(inputData))).toBe(
      `TutorCruncher does not accept the values of these fields: ${label}. Correct them in this step. Nothing was changed.`,
    );
    expect(tutorCruncher.now.account.list('services')).toEqual(jobs);
    expect(await tutorCruncher.triggered('job_created')).toEqual([]);
  });

  it('creates another job when it is replayed, as described', async () => {
    const [first, second] = [await create(), await create()];
    expect(second.id).not.toBe(first.id);
    expect(app.creates.create_job?.display.description).toMatch(/Each run creates another job\.$/);
  });

  it('explains what to look for if the outcome is unknown after a single write', async () => {
    tutorCruncher.now.behaviour.intercept = () => [502, '<html>'];
    expect(await failureOf(create())).toBe(
      'TutorCruncher is having a problem (HTTP status 502). The job may still have been created. Look for a job ' +
        'with this name in TutorCruncher before you replay this run, because a replay may create it again.',
    );
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe('Find or Create Job', () => {
  it('creates a job only if it is certain that none exists', async () => {
    const inputData = { ...MINIMUM, find_name: MINIMUM.name };
    expect(await find('find_job', inputData)).toEqual([]);
    const created = await act('create_job', inputData, { withSearch: 'find_job' });
    expect(created.matches).toBeNull();
    expect(await search('find_job', inputData)).toEqual([{ ...created, matches: 1 }]);
    expect(app.searchOrCreates?.find_job).toMatchObject({ search: 'find_job', create: 'create_job' });
  });

  it('creates nothing without a name to search for', async () => {
    expect(await failureOf(find('find_job', { ...MINIMUM, find_name: '' }))).toMatch(
      /Fill in Find Name, or choose a job/,
    );
    expect(tutorCruncher.now.requests).toEqual([]);
  });
});
