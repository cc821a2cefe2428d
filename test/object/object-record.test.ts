/** Reads of records: responses about another record or without a record, and records in TutorCruncher's trash. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** Replaces the responses to requests for a path. */
function answer(path: RegExp, data: JsonObject): void {
  tutorCruncher.now.behaviour.intercept = (request) =>
    request.method === 'GET' && path.test(request.path) ? [200, data] : null;
}

describe('a read', () => {
  it.each<[string, JsonObject]>([
    ['another job', { id: 706, name: 'Other', dft_charge_rate: '1.00', dft_contractor_rate: '1.00' }],
    ['no job', { detail: 'Try later.' }],
    ['an empty object', {}],
  ])('of a job that is answered with %s fails, and nothing is written', async (_, data) => {
    answer(/services\/705\/$/, data);
    expect(await failureOf(act('update_job', { job: '705', description: 'x' }))).toMatch(
      /^TutorCruncher's response is incomplete: it contains no job with the ID 705\./,
    );
    expect(await failureOf(find('find_job', { job: '705' }))).toMatch(/it contains no job with the ID 705/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('a read of a report, whose details lack the id', () => {
  it('succeeds if the URL contains the id', async () => {
    expect(await find('find_report', { find_lesson: '9106' })).toMatchObject([{ id: 1207 }]);
  });

  it.each<[string, JsonObject]>([
    ['another report', { url: 'https://app.tutorcruncher.com/api/reports/1208/', appointment: { id: 9106 } }],
    ['no report', { detail: 'Try later.' }],
  ])('fails if the response contains %s', async (_, data) => {
    answer(/reports\/1207\/$/, data);
    expect(await failureOf(find('find_report', { find_lesson: '9106' }))).toMatch(
      /contains no report with the ID 1207/,
    );
  });
});

const deleted = (path: string, id: number, value: unknown = true) => {
  tutorCruncher.now.account.change(path, id, { is_deleted: value });
};

it.each<[search: string, inputData: JsonObject, path: string, id: number]>([
  ['find_job', { find_name: 'GCSE Maths' }, 'services', 705],
  ['find_jobs', { find_name: 'GCSE Maths', find_details: true }, 'services', 705],
  ['find_lesson', { lesson: '9109' }, 'appointments', 9109],
  ['find_lessons', { find_job: '708', find_details: true }, 'appointments', 9109],
  ['find_client', { email: 'priya.raman@example.com' }, 'clients', 301],
  ['find_clients', { find_name: 'Priya Raman', find_details: true }, 'clients', 301],
  ['find_student', { client: '301', find_first_name: 'Leo' }, 'recipients', 503],
])('%s does not find a deleted record: %j', async (search, inputData, path, id) => {
  const ids = () =>
    find(search, inputData).then(
      (records) => records.map((record) => record.id),
      () => [],
    );
  deleted(path, id, 'false');
  expect(await ids()).toContain(id);
  deleted(path, id);
  expect(await ids()).not.toContain(id);
});

it.each<[action: string, inputData: JsonObject, path: string, id: number]>([
  ['update_job', { job: '705', name: 'X' }, 'services', 705],
  ['add_student_to_job', { job: '705', student: '504' }, 'services', 705],
  ['remove_tutor_from_job', { job: '705', tutor: '402' }, 'services', 705],
  ['update_lesson', { lesson: '9109', topic: 'X' }, 'appointments', 9109],
  ['add_tutor_to_lesson', { lesson: '9109', tutor: '402' }, 'appointments', 9109],
])('%s does not change a deleted record', async (action, inputData, path, id) => {
  deleted(path, id, 'True');
  expect(await failureOf(act(action, inputData))).toMatch(
    /^The (?:job|lesson) that this step refers to does not exist, or no longer/,
  );
  expect(tutorCruncher.writes()).toEqual([]);
});

it.each([true, 'True', false, null])('Find Jobs leaves out a row with is_deleted %j', async (is_deleted) => {
  const row = { id: 705, name: 'Latin', status: 'available', is_deleted };
  tutorCruncher.now.behaviour.intercept = ({ path }) =>
    path.startsWith('/api/services/') ? [200, { count: 1, next: null, results: [row] }] : null;
  expect(await find('find_jobs', { find_name: 'Latin' })).toHaveLength(is_deleted ? 0 : 1);
});
