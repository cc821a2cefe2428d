/** Writes that TutorCruncher refuses, against the stand-in for its API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { ApiResponse } from '../../local/api/behaviour.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const SECRET = 'Secret text of a response';

const run = (key: string, inputData: JsonObject = {}) => act(key, { ...ACTION_RUNS[key], ...inputData });
const respondWith = (...response: ApiResponse): void => {
  tutorCruncher.now.behaviour.intercept = () => response;
};
/** Expects that exactly one write was sent. */
const expectOneWrite = (): void => {
  expect(tutorCruncher.writes()).toHaveLength(1);
};

describe('an action', () => {
  it.each<[ApiResponse, RegExp]>([
    [[405, { detail: SECRET }], /^TutorCruncher refused the request \(HTTP status 405\), so nothing was changed\. /],
    [[400, { detail: SECRET }], /^TutorCruncher does not accept the values in this step\. Correct them\. Nothing was/],
    [[400, [SECRET]], /^TutorCruncher does not accept the values in this step\. Correct them\. Nothing was changed\.$/],
    [[400, { non_field_errors: ['Only planned appointments'] }], /^Only planned lessons can be changed or created\. /],
    [[400, { extra_attrs: 'expected dictionary' }], /these fields: Custom Fields\. Correct them/],
    [[409, { detail: SECRET }], /^TutorCruncher does not accept the values in this step\. Correct them\. Nothing was/],
    [[400, { status: 'error', detail: SECRET }], /^TutorCruncher does not accept the values in this step\. /],
    [[400, { status: ['Not planned'] }], /^Only planned lessons can be changed or created\. /],
    [[400, { [SECRET]: ['x'], mobile: ['y'] }], /^TutorCruncher does not accept the values of these fields: Mobile\. /],
    [[409, { mobile: SECRET }], /^TutorCruncher does not accept the values of these fields: Mobile\. Correct them in/],
  ])('reports that nothing was changed after %j', async (response, message) => {
    respondWith(...response);
    expect(await failureOf(run('update_client'))).toMatch(message);
  });
});

it.each([408, 499, 500])(
  'status %d is not a refusal, because TutorCruncher may still make the change',
  async (status) => {
    respondWith(status, { mobile: SECRET });
    expect(await failureOf(run('update_client'))).toMatch(
      /^TutorCruncher is having a problem .* may still have been saved/,
    );
  },
);

describe('a refusal that names fields', () => {
  const LONG = 'x'.repeat(300);
  it.each<[key: string, inputData: JsonObject, labels: string]>([
    ['create_client', { country: '999', affiliate: '1', email: 'no address' }, 'Country, Affiliate, Email'],
    ['create_client', { status: 'live', pipeline_stage: '3', postcode: LONG }, 'Pipeline Stage, Postcode'],
    ['create_student', { client: '999', mobile: LONG }, 'Client, Mobile'],
    ['create_tutor', { last_name: LONG }, 'Last Name'],
    ['create_affiliate', { custom_date_of_birth: '2001-02-03', custom_preferred_tutor: 'Nobody' }, 'Preferred tutor'],
    ['update_client', { pipeline_stage: '3' }, 'Pipeline Stage'],
    ['update_student', { client: '999', mobile: LONG }, 'Client, Mobile'],
    ['add_label', { label: '999' }, 'Label'],
    ['add_tutor_skill', { subject: '1', level: '1' }, 'Subject, Level'],
    ['add_student_to_job', { student: '999', affiliate: '301' }, 'Student, Affiliate'],
    ['add_tutor_to_job', { tutor: '503' }, 'Tutor'],
    ['add_tutor_to_lesson', { tutor: '999' }, 'Tutor'],
    [
      'create_enquiry',
      { client_email: 'x', subject: '1', level: '1', tutor: '1' },
      'Client Email, Subject, Level, Tutor',
    ],
    ['create_ad_hoc_charge', { category: '999', client: '402' }, 'Category, Client'],
    ['create_ad_hoc_charge', { tutor: '301', job: '1', lesson: '1' }, 'Tutor, Job, Lesson'],
    ['update_ad_hoc_charge', { category: '999' }, 'Category'],
    ['create_job', { name: LONG, students: ['503', '999'], tutors: ['999'] }, 'Name, Students, Tutors'],
    ['update_job', { name: LONG }, 'Name'],
    ['create_lesson', { job: '999', topic: LONG }, 'Job, Topic'],
    ['create_lesson', { students: ['503', '999'], tutors: ['999'] }, 'Students, Tutors'],
  ])('%s shows their labels for %j', async (key, inputData, labels) => {
    tutorCruncher.now.behaviour.errorsAsText = true;
    const asText = await failureOf(run(key, inputData));
    tutorCruncher.now.requests.length = 0;
    tutorCruncher.now.behaviour.errorsAsText = false;
    const message = await failureOf(run(key, inputData));
    const [, named = ''] =
      /these fields: (.*)\. Correct them in this step\. Nothing was changed\.$/.exec(message) ?? [];
    expect(named.split(', ').sort()).toEqual(labels.split(', ').sort());
    expect(asText).toBe(message);
    expectOneWrite();
    expect(await find('find_client', { find_last_name: 'Novak' })).toEqual([]);
  });
});

describe('a refusal of an email address', () => {
  const DUPLICATE =
    /^TutorCruncher already has a client with this email address, so nothing was created\. Use Find or Create Client, or update the existing client\.$/;
  const INVALID = /these fields: Email\. Correct them/;

  it.each<[unknown, RegExp]>([
    [{ email: ['This user already has a Client'] }, DUPLICATE],
    [{ email: 'This user already has a Client' }, DUPLICATE],
    [{ error: { email: 'This user already has a Client' } }, DUPLICATE],
    [{ detail: 'novak@example.com already exists' }, DUPLICATE],
    [{ message: 'novak@example.com already exists' }, DUPLICATE],
    [['novak@example.com already exists'], DUPLICATE],
    ['novak@example.com already exists', DUPLICATE],
    // The response in the older shape.
    [{ user: { email: ['A client with this email address already exists.'] } }, DUPLICATE],
    [{ user: { email: ['Enter a valid email address.'] } }, INVALID],
    [{ detail: { email: 'Enter a valid email address.' } }, INVALID],
  ])('is explained, and not quoted: %j', async (body, message) => {
    for (const status of [400, 409]) {
      // The stand-in would send a string as a web page.
      const json = Buffer.from(JSON.stringify(body));
      respondWith(status, json, { 'Content-Type': 'application/json' });
      expect(await failureOf(run('create_client'))).toMatch(message);
    }
  });
});

describe('a record that does not exist', () => {
  it.each<[key: string, inputData: JsonObject, writes: number]>([
    ['update_client', { client: '999' }, 1],
    ['update_tutor', { tutor: '301' }, 1],
    ['update_student', { student: '999' }, 1],
    ['update_affiliate', { affiliate: '999' }, 1],
    ['add_label', { type: 'job', job: '999' }, 1],
    ['remove_label', { type: 'tutor', tutor: '999' }, 1],
    ['add_student_to_job', { job: '999' }, 0],
    ['add_tutor_to_job', { job: '999' }, 0],
    ['remove_student_from_job', { job: '999' }, 0],
    ['remove_tutor_from_job', { job: '999' }, 0],
    ['update_job', { job: '999' }, 0],
    ['update_lesson', { lesson: '999' }, 0],
    ['add_student_to_lesson', { lesson: '999' }, 0],
    ['add_tutor_to_lesson', { lesson: '999' }, 0],
    ['remove_student_from_lesson', { lesson: '999' }, 0],
    ['remove_tutor_from_lesson', { lesson: '999' }, 0],
    ['update_ad_hoc_charge', { ad_hoc_charge: '999' }, 0],
    ['add_tutor_skill', { tutor: '999' }, 0],
  ])('fails %s with %j, after %d writes', async (key, inputData, writes) => {
    expect(await failureOf(run(key, inputData))).toMatch(
      writes > 0
        ? /^The record that this step refers to does not exist, or no longer exists,.* so nothing was changed\./
        : /^The (?:tutor|job|lesson|ad hoc charge) that this step refers to does not exist, or no longer exists,/,
    );
    expect(tutorCruncher.writes()).toHaveLength(writes);
  });
});

describe.each<[key: string, inputData: JsonObject, refusal: JsonObject, label: string]>([
  ['remove_student_from_job', { student: '503' }, { recipient: ['Not on this job.'] }, 'Student'],
  ['remove_tutor_from_job', { tutor: '402' }, { contractor: ['Not on this job.'] }, 'Tutor'],
])('%s', (key, inputData, refusal, label) => {
  it('explains that the person is still on lessons', async () => {
    const person = key === 'remove_student_from_job' ? { student: '505' } : { tutor: '404' };
    expect(await failureOf(act(key, { job: '707', ...person }))).toBe(
      'This person is still on lessons of the job, so TutorCruncher does not remove them from the job. Remove them from ' +
        'these lessons first. Nothing was changed.',
    );
  });

  it('does not mention lessons if the person has just left the job', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [400, refusal] : null);
    expect(await failureOf(act(key, { job: '705', ...inputData }))).toBe(
      `TutorCruncher does not accept the values of these fields: ${label}. Correct them in this step. Nothing was changed.`,
    );
  });
});
