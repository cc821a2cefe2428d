/** Create Job against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, find } from './steps.ts';

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
});
