/** Writes that TutorCruncher refuses, or whose outcome is unknown, against the stand-in for its API, over HTTP. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';

import type { ApiResponse } from '../local/api/response.ts';
import type { JsonObject } from '../wire/json.ts';
import { freePort } from './npm-start.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();
afterEach(() => {
  jest.restoreAllMocks();
});

const CHARGE = {
  category: '5',
  date: '2026-06-10T12:00:00+01:00',
  description: 'Book',
  client: '301',
  charge_client: '12.5',
};

const JOB = { name: 'Latin for Ada', charge_rate: '40', pay_rate: '28.5' };
const LESSON = { job: '706', topic: 'Arpeggios', start: '2027-06-10T17:00:00+01:00', length_in_minutes: 45 };

/**
 * One run of each action on people, labels, enquiries, the people of jobs, charges, and of
 * those that create jobs and lessons. Each has inputs, and advice for
 * an unknown outcome.
 */
const RUNS: [key: string, inputData: JsonObject, advice: RegExp][] = [
  ...['client', 'tutor', 'student', 'affiliate'].map((word): [string, JsonObject, RegExp] => [
    `create_${word}`,
    { last_name: 'Novak' },
    new RegExp(`may still have been created\\. Look for the ${word} in TutorCruncher before you replay this run`),
  ]),
  ...Object.entries({ client: 301, tutor: 402, student: 503, affiliate: 604 }).map(
    ([word, id]): [string, JsonObject, RegExp] => [
      `update_${word}`,
      { [word]: id, town: 'Wells' },
      new RegExp(`Look at the ${word} in TutorCruncher\\. Replaying this run does no harm`),
    ],
  ),
  ['add_label', { type: 'job', job: 705, label: 24 }, /may still have been added\. Replaying this run does no harm/],
  ['remove_label', { type: 'job', job: 705, label: 21 }, /may still have been removed\. Replaying this run does no/],
  ...Object.entries({ student: 504, tutor: 403 }).map(([word, id]): [string, JsonObject, RegExp] => [
    `add_${word}_to_job`,
    { job: 705, [word]: id },
    new RegExp(`The ${word} may still have been added\\. Replaying this run does no harm`),
  ]),
  [
    'create_enquiry',
    { client_name: 'Jana Novak' },
    /The enquiry may still have been created\. .* before you replay this run/,
  ],
  ['create_ad_hoc_charge', CHARGE, /The charge may still have been created\. .* before you replay this run/],
  [
    'create_job',
    JOB,
    /The job may still have been created\. Look for a job with this name .* a replay may create it again/,
  ],
  [
    'create_lesson',
    LESSON,
    /The lesson may still have been created\. Look for a lesson of this job with this start .* unless Skip if It Exists is chosen/,
  ],
];

const respondWith = (...response: ApiResponse): void => {
  tutorCruncher.now.behaviour.intercept = () => response;
};

/** Expects that exactly one write was sent. */
const expectOneWrite = (): void => {
  expect(tutorCruncher.writes()).toHaveLength(1);
};

describe.each(RUNS)('%s', (key, inputData, advice) => {
  const SECRET = 'Secret text of a response';

  it.each([
    ['a server error', 500, { detail: SECRET }],
    ['a web page of a proxy', 502, `<html>${SECRET}</html>`],
    ['a web page instead of data', 200, `<html>${SECRET}</html>`],
    ['a redirect', 302, { detail: SECRET }],
    ['a proxy that gave up waiting', 408, { detail: SECRET }],
    ['a list instead of a record', 200, [SECRET]],
  ])('reports that the outcome is unknown after %s', async (_what, status, body) => {
    respondWith(status, body, { Location: `${tutorCruncher.now.origin}/login/` });
    const message = await failureOf(act(key, inputData));
    expect(message).toMatch(advice);
    expect(message).not.toContain('Secret');
    expectOneWrite();
  });

  it('reports that the outcome is unknown if the connection breaks', async () => {
    tutorCruncher.now.behaviour.intercept = () => {
      tutorCruncher.now.server.closeAllConnections();
      return null;
    };
    const message = await failureOf(act(key, inputData));
    expect(message).toMatch(/^TutorCruncher did not respond within 20 seconds, or the connection broke\. /);
    expect(message).toMatch(advice);
    expectOneWrite();
  });

  it('gives up after 20 seconds, and reports that the outcome is unknown', async () => {
    const timeout = new AbortController();
    const limits: number[] = [];
    jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      limits.push(ms);
      return timeout.signal;
    });
    let release: (response: null) => void = () => undefined;
    tutorCruncher.now.behaviour.intercept = ({ method }) => {
      if (method === 'GET') return null;
      timeout.abort();
      return new Promise((resolve) => (release = resolve));
    };
    expect(await failureOf(act(key, inputData))).toMatch(advice);
    expect(limits.at(-1)).toBe(20_050);
    expectOneWrite();

    // TutorCruncher saves the data although the request has timed out.
    tutorCruncher.now.behaviour.intercept = () => null;
    release(null);
  });

  it.each([401, 403])('asks for the private key after status %d about the key', async (status) => {
    respondWith(status, { detail: `Invalid token. ${SECRET}` });
    expect(await failureOf(act(key, inputData))).toMatch(/^TutorCruncher rejected the private key\. /);
    expectOneWrite();
  });

  it('names the missing permission after any other status 403', async () => {
    respondWith(403, { detail: SECRET });
    expect(await failureOf(act(key, inputData))).toMatch(
      /^TutorCruncher knows the private key, but the key has no permission to change [A-Z][A-Za-z ]+ \((?:POST|PUT) \/api\/[a-z_/ID-]+\/\)\. Nothing was changed\. /,
    );
    expectOneWrite();
  });

  it('leaves status 429 to Zapier, which repeats the run later', async () => {
    respondWith(429, { detail: SECRET }, { 'Retry-After': '17' });
    const failure: unknown = await act(key, inputData).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ThrottledError' });
    expect(JSON.parse((failure as Error).message)).toMatchObject({ delay: 17 });
    expectOneWrite();
  });

  it('reports that nothing was changed after another refusal', async () => {
    respondWith(405, { detail: SECRET });
    expect(await failureOf(act(key, inputData))).toMatch(/refused .* \(HTTP status 405\), so nothing was changed\./);
    respondWith(400, { detail: SECRET });
    expect(await failureOf(act(key, inputData))).toBe(
      'TutorCruncher does not accept the values in this step. Correct them. Nothing was changed.',
    );
  });

  it('reports that nothing was changed if TutorCruncher cannot be reached', async () => {
    process.env.TUTORCRUNCHER_URL = `http://127.0.0.1:${await freePort()}`;
    expect(await failureOf(act(key, inputData))).toBe(
      'TutorCruncher could not be reached, so nothing was changed. Try again in a few minutes.',
    );
  });
});

describe('a success without content', () => {
  it.each([
    ['update_client', { client: 301, town: 'Wells' }],
    ['add_label', { type: 'client', client: 301, label: 24 }],
  ])('of %s is a success, after which the record is read', async (key, inputData) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [204, ''] : null);
    expect(await act(key, inputData)).toMatchObject({ id: 301, client_last_name: 'Raman' });
    expectOneWrite();
  });

  it('of a create leaves the outcome unknown, because it contains no id', async () => {
    respondWith(201, '');
    expect(await failureOf(act('create_client', { last_name: 'Novak' }))).toMatch(
      /^TutorCruncher sent no usable response\. The client may still have been created\./,
    );
    expectOneWrite();
  });
});

describe('a refusal that names fields', () => {
  const X = { last_name: 'X' };
  it.each<[string, JsonObject, string]>([
    ['create_client', { ...X, country: '999', affiliate: '1' }, 'Country, Affiliate'],
    ['create_client', { ...X, email: 'not an address' }, 'Email'],
    ['create_client', { ...X, status: 'live', pipeline_stage: '3' }, 'Pipeline Stage'],
    ['create_client', { ...X, postcode: 'x'.repeat(21) }, 'Postcode'],
    ['create_student', { ...X, client: '999' }, 'Client'],
    ['create_tutor', { last_name: 'x'.repeat(256) }, 'Last Name'],
    [
      'create_affiliate',
      { ...X, custom_date_of_birth: '2001-02-03', custom_preferred_tutor: 'Nobody' },
      'Preferred tutor',
    ],
    ['update_client', { client: '301', pipeline_stage: '3' }, 'Pipeline Stage'],
    ['update_student', { student: '503', client: '999', mobile: 'x'.repeat(256) }, 'Client, Mobile'],
    ['add_label', { type: 'client', client: '301', label: '999' }, 'Label'],
    ['add_student_to_job', { job: '705', student: '999', affiliate: '301' }, 'Student, Affiliate'],
    ['add_tutor_to_job', { job: '705', tutor: '503' }, 'Tutor'],
    [
      'create_enquiry',
      { client_name: 'Jana Novak', client_email: 'no address', subject: '1', level: '1', tutor: '1' },
      'Client Email, Subject, Level, Tutor',
    ],
    ['create_ad_hoc_charge', { ...CHARGE, category: '999', client: '402' }, 'Category, Client'],
    ['create_credit_request', { client: '999', amount: '90', description: 'Two lessons' }, 'Client'],
    ['create_job', { ...JOB, name: 'x'.repeat(300), students: ['503', '999'] }, 'Name, Students'],
    ['create_job', { ...JOB, tutors: ['999'] }, 'Tutors'],
    ['create_lesson', { ...LESSON, job: '999', topic: 'x'.repeat(300) }, 'Job, Topic'],
    ['create_lesson', { ...LESSON, students: ['503', '999'], tutors: ['999'] }, 'Students, Tutors'],
    ['create_ad_hoc_charge', { ...CHARGE, tutor: '301', pay_tutor: 1, job: '1', lesson: '1' }, 'Tutor, Job, Lesson'],
  ])('%s shows their labels for %j', async (key, inputData, labels) => {
    const message = await failureOf(act(key, inputData));
    expect(
      message
        .replace(/^.*these fields: (.*)\. Correct.*$/, '$1')
        .split(', ')
        .sort(),
    ).toEqual(labels.split(', ').sort());
    expect(message).toMatch(/ Correct them in this step\. Nothing was changed\.$/);
    expectOneWrite();
    expect(await find('find_client', { find_last_name: 'X' })).toEqual([]);
  });
});

describe('a refusal in the older shape', () => {
  it.each<[string[], RegExp]>([
    [
      ['A client with this email address already exists.'],
      /^TutorCruncher already has a client with this email address, /,
    ],
    [['Enter a valid email address.'], /these fields: Email\. Correct them/],
  ])('names fields of a person that are nested: %s', async (email, message) => {
    respondWith(400, { user: { email } });
    expect(await failureOf(act('create_client', { last_name: 'Novak', email: 'jana@example.com' }))).toMatch(message);
  });
});

describe('a record that does not exist', () => {
  it.each<[string, JsonObject]>([
    ['update_client', { client: '999', town: 'Wells' }],
    ['update_tutor', { tutor: '301', town: 'Wells' }],
    ['update_student', { student: '999', town: 'Wells' }],
    ['update_affiliate', { affiliate: '999', town: 'Wells' }],
    ['add_label', { type: 'job', job: '999', label: '24' }],
    ['remove_label', { type: 'tutor', tutor: '999', label: '24' }],
    ['add_student_to_job', { job: '999', student: '503' }],
    ['add_tutor_to_job', { job: '999', tutor: '402' }],
  ])('fails %s', async (key, inputData) => {
    expect(await failureOf(act(key, inputData))).toMatch(
      /^The record that this step refers to does not exist, or no longer exists,.* so nothing was changed\./,
    );
  });
});

describe('removing a person who has just left the job', () => {
  it.each([
    ['remove_student_from_job', { job: '705', student: '503' }, 'Student'],
    ['remove_tutor_from_job', { job: '705', tutor: '402' }, 'Tutor'],
  ])('%s does not mention lessons', async (key, inputData, label) => {
    const refusal = { [label === 'Student' ? 'recipient' : 'contractor']: ['Not on this job.'] };
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [400, refusal] : null);
    expect(await failureOf(act(key, inputData))).toBe(
      `TutorCruncher does not accept the values of these fields: ${label}. Correct them in this step. Nothing was changed.`,
    );
  });
});
