/** Create Job and Update Job against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf } from './steps.ts';

const tutorCruncher = useTutorCruncher();
const bodies = () => tutorCruncher.writes().map(({ body }) => body);

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

describe('update_job', () => {
  const update = (inputData: JsonObject) => act('update_job', { job: '705', ...inputData });
  /** Makes the job that the step reads differ from the stored job. */
  const changeRead = (changes: JsonObject) => {
    const found = { ...tutorCruncher.now.account.find('services', '705'), ...changes };
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? [200, found] : null);
  };

  it('sends the fields that TutorCruncher requires and those that are filled in, and no read-only fields', async () => {
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
