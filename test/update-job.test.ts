/** Update Job against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import { job } from '../objects/job.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** The fields of job 705 that every update must send. */
const REQUIRED = { name: 'GCSE Maths for Leo', dft_charge_rate: 42, dft_contractor_rate: 30 };

const update = (inputData: JsonObject) => act('update_job', { job: '705', ...inputData });
const lastBody = () => tutorCruncher.writes().at(-1)?.body;
const stored = (): JsonObject => tutorCruncher.now.account.find('services', '705') ?? {};
const respondToReads = (body: JsonObject) => {
  tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? [200, body] : null);
};

describe('update_job', () => {
  it('sends only the fields that TutorCruncher requires and the fields that are filled in, and no read-only fields', async () => {
    const record = await update({ status: 'Finished', name: '', charge_rate: null, description: ' ' });
    expect(tutorCruncher.writes()).toEqual([
      { method: 'PUT', path: '/api/services/705/', body: { ...REQUIRED, status: 'finished' } },
    ]);
    expect(record).toMatchObject({ id: 705, job_name: 'GCSE Maths for Leo', job_status: 'finished' });
    expect(Object.keys(record)).toEqual(expect.arrayContaining(Object.keys(job.ownSample)));
  });

  it('returns the record that a search finds and that the webhook contains', async () => {
    const record = await update({ name: 'A Level {{bundle.x}}', charge_rate: 48.5, pay_rate: '0', colour: 'Teal' });
    expect(lastBody()).toEqual({
      name: 'A Level {{bundle.x}}',
      dft_charge_rate: '48.50',
      dft_contractor_rate: '0.00',
      colour: 'Teal',
    });
    expect(await find('find_job', { job: '705' })).toEqual([record]);
    const [event] = await tutorCruncher.triggered('job_updated');
    expect(event).toMatchObject({ job_id: 705, job_name: record.job_name, event_message: 'Edited via the API.' });
  });

  it.each<[JsonObject, RegExp]>([
    [{}, /^This step changes nothing/],
    [{ name: ' ', charge_rate: '' }, /^This step changes nothing/],
  ])('refuses %j before anything is sent', async (inputData, message) => {
    expect(await failureOf(update(inputData))).toMatch(message);
    expect(tutorCruncher.now.requests).toEqual([]);
  });

  it('reports that the job does not exist, and names the fields that TutorCruncher rejects', async () => {
    expect(await failureOf(update({ job: '1', name: 'X' }))).toMatch(
      /^The job that this step refers to does not exist/,
    );
    expect(tutorCruncher.writes()).toEqual([]);
    expect(await failureOf(update({ name: 'x'.repeat(256) }))).toMatch(/these fields: Name\. Correct them/);
  });

  it.each([{ name: '' }, { dft_charge_rate: null }, { dft_contractor_rate: undefined }, { dft_charge_rate: 'free' }])(
    'writes nothing if the job that it reads has %j',
    async (changes) => {
      respondToReads({ ...stored(), ...changes });
      expect(await failureOf(update({ colour: 'Teal' }))).toMatch(/contains no name and rates of the job\. /);
      expect(tutorCruncher.writes()).toEqual([]);
    },
  );

  it('accepts rates as text, and sends them unchanged', async () => {
    respondToReads({ ...stored(), dft_charge_rate: '42.10', dft_contractor_rate: '0.00' });
    await update({ colour: 'Teal' });
    expect(lastBody()).toMatchObject({ dft_charge_rate: '42.10', dft_contractor_rate: '0.00', colour: 'Teal' });
  });
});
