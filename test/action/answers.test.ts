/** Responses about a record other than the requested record, or about no record. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** Replaces the responses to requests with a method and a path. */
function answer(method: string, path: RegExp, data: JsonObject): void {
  tutorCruncher.now.behaviour.intercept = (request) =>
    request.method === method && path.test(request.path) ? [200, data] : null;
}

describe('a read', () => {
  it.each<[string, JsonObject]>([
    ['another job', { id: 706, name: 'Other', dft_charge_rate: '1.00', dft_contractor_rate: '1.00' }],
    ['no job', { detail: 'Try later.' }],
    ['an empty object', {}],
  ])('of a job that is answered with %s fails, and nothing is written', async (_, data) => {
    answer('GET', /services\/705\/$/, data);
    expect(await failureOf(act('update_job', { job: '705', description: 'x' }))).toMatch(
      /^TutorCruncher's response is incomplete: it contains no job with the ID 705\./,
    );
    expect(await failureOf(find('find_job', { job: '705' }))).toMatch(/it contains no job with the ID 705/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('a read of a report, whose details lack the id', () => {
  it('is believed', async () => {
    expect(await find('find_report', { find_lesson: '9106' })).toMatchObject([{ id: 1207 }]);
  });

  it.each<[string, JsonObject]>([
    ['another report', { url: 'https://app.tutorcruncher.com/api/reports/1208/', appointment: { id: 9106 } }],
    ['no report', { detail: 'Try later.' }],
  ])('that is answered with %s fails', async (_, data) => {
    answer('GET', /reports\/1207\/$/, data);
    expect(await failureOf(find('find_report', { find_lesson: '9106' }))).toMatch(
      /contains no report with the ID 1207/,
    );
  });
});

describe('the answer to a create', () => {
  const CREATES: [string, JsonObject][] = [
    ['create_client', { last_name: 'Raman' }],
    ['create_job', { name: 'Maths', charge_rate: '40', pay_rate: '25' }],
    ['create_enquiry', { client_name: 'Priya Raman' }],
    ['create_credit_request', { client: '301', amount: '10', description: 'x' }],
  ];
  const ANSWERS: JsonObject[] = [{ detail: 'Queued.' }, { status: 'error' }, {}];

  it.each(CREATES.flatMap(([key, inputs]) => ANSWERS.map((data) => [key, inputs, data] as const)))(
    'of %s with %j that has no ID means that the outcome is unknown: %j',
    async (key, inputs, data) => {
      answer('POST', /./, data);
      expect(await failureOf(act(key, inputs))).toMatch(
        /^TutorCruncher sent no usable response\. .* may still have been created\./,
      );
      expect(tutorCruncher.writes()).toHaveLength(1);
    },
  );

  it('in the older shape has its ID below the role', async () => {
    tutorCruncher.now.behaviour.isOlderShape = true;
    expect(await act('create_client', { last_name: 'Raman' })).toMatchObject({ client_last_name: 'Raman' });
  });
});

it('the answer to an update that is another record is not believed', async () => {
  answer('POST', /clients\/301\/$/, { id: 302, last_name: 'Stranger' });
  expect(await act('update_client', { client: '301', last_name: 'Raman' })).toMatchObject({
    id: 301,
    client_last_name: 'Raman',
  });
});
