/** Writes whose outcome is known or unknown, against the stand-in for TutorCruncher's API, over HTTP. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import type { ApiResponse } from '../../local/api/behaviour.ts';
import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { UnknownOutcome } from '../../src/action/unknown-outcome.ts';
import { sendOnce } from '../../src/action/write.ts';
import { StepRun } from '../../src/api/step-run.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
afterEach(() => {
  jest.restoreAllMocks();
});

const run = (key: string, inputData: JsonObject = {}) => act(key, { ...ACTION_RUNS[key], ...inputData });
const respondWith = (...response: ApiResponse): void => {
  tutorCruncher.now.behaviour.intercept = () => response;
};
/** Expects that exactly one write was sent. */
const expectOneWrite = (): void => {
  expect(tutorCruncher.writes()).toHaveLength(1);
};

describe('the advice after an unknown outcome', () => {
  it.each<[key: string, advice: RegExp]>([
    ...['client', 'tutor', 'student', 'affiliate'].flatMap((word): [string, RegExp][] => [
      [
        `create_${word}`,
        new RegExp(`may still have been created\\. Look for the ${word} .* a replay may create it again\\.$`),
      ],
      [
        `update_${word}`,
        new RegExp(`Look at the ${word} in TutorCruncher\\. Replaying this run writes the values of this step again`),
      ],
    ]),
    ['add_label', /may still have been added\. Replaying this run adds it only if/],
    ['remove_label', /may still have been removed\. Replaying this run removes it if/],
    ['add_student_to_job', /The student may still have been added\. Replaying this run adds nobody twice/],
    ['add_tutor_to_job', /The tutor may still have been added\. Replaying this run adds nobody twice/],
    ['create_enquiry', /The enquiry may still have been created\. .* a replay may create it again\.$/],
    ['create_ad_hoc_charge', /The charge may still have been created\. .* a replay creates it again unless/],
    ['create_job', /The job may still .* Look for a job with this name .* a replay may create it again/],
    ['create_lesson', /The lesson may .* a lesson of this job with this start .* unless Skip if It Exists is chosen/],
  ])('of %s', async (key, advice) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [500, {}] : null);
    expect(await failureOf(run(key))).toMatch(advice);
  });
});

// All actions write with the same function, except API Request, which has its own tests.
describe('an action', () => {
  const advice = /Look at the client in TutorCruncher\. Replaying this run writes the values of this step again/;
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
    const message = await failureOf(run('update_client'));
    expect(message).toMatch(advice);
    expect(message).not.toContain('Secret');
    expectOneWrite();
  });

  it('reports that the outcome is unknown if the connection breaks', async () => {
    tutorCruncher.now.behaviour.intercept = () => {
      tutorCruncher.now.server.closeAllConnections();
      return null;
    };
    const message = await failureOf(run('update_client'));
    expect(message).toMatch(/^TutorCruncher did not respond within 18 seconds, or the connection broke\. /);
    expect(message).toMatch(advice);
    expectOneWrite();
  });

  it('gives up after 18 seconds, and reports that the outcome is unknown', async () => {
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
    expect(await failureOf(run('update_client'))).toMatch(advice);
    expect(limits.at(-1)).toBe(18_050);
    expectOneWrite();

    // TutorCruncher saves the data although the request has timed out.
    tutorCruncher.now.behaviour.intercept = () => null;
    release(null);
  });

  it.each([401, 403])('asks for the private key after status %d about the key', async (status) => {
    respondWith(status, { detail: `Invalid token. ${SECRET}` });
    expect(await failureOf(run('update_client'))).toMatch(/^TutorCruncher rejected the private key\. /);
    expectOneWrite();
  });

  it('names the missing permission after any other status 403', async () => {
    respondWith(403, { detail: SECRET });
    expect(await failureOf(run('update_client'))).toMatch(
      /^TutorCruncher knows the private key, but the key has no permission to change [A-Z][A-Za-z ]+ \(POST \/api\/[a-z_/ID-]+\/\)\. Nothing was changed\. /,
    );
    expectOneWrite();
  });

  it('reports that nothing was changed if TutorCruncher cannot be reached', async () => {
    process.env.TUTORCRUNCHER_URL = `http://127.0.0.1:${await freePort()}`;
    expect(await failureOf(run('update_client'))).toBe(
      'TutorCruncher could not be reached, so nothing was changed. Try again in a few minutes.',
    );
  });
});

describe('a success without content', () => {
  it.each(['update_client', 'add_label'])('of %s is a success, after which the record is read', async (key) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [204, ''] : null);
    expect(await run(key)).toMatchObject({ id: 301, client_last_name: 'Raman' });
    expectOneWrite();
  });

  it('of a create leaves the outcome unknown, because it contains no id', async () => {
    respondWith(201, '');
    expect(await failureOf(run('create_client'))).toMatch(
      /^TutorCruncher sent no usable response\. The client may still have been created\./,
    );
    expectOneWrite();
  });
});

/** Replaces the responses to requests with a method and a path. */
function answer(method: string, path: RegExp, data: JsonObject): void {
  tutorCruncher.now.behaviour.intercept = (request) =>
    request.method === method && path.test(request.path) ? [200, data] : null;
}

describe('the response to a create', () => {
  const CREATES: [string, JsonObject][] = [
    ['create_client', { last_name: 'Raman' }],
    ['create_job', { name: 'Maths', charge_rate: '40', pay_rate: '25' }],
    ['create_enquiry', { client_name: 'Priya Raman' }],
    ['create_credit_request', { client: '301', amount: '10', description: 'x' }],
  ];
  const ANSWERS: JsonObject[] = [{ detail: 'Queued.' }, { status: 'error' }, {}];

  it.each(CREATES.flatMap(([key, inputs]) => ANSWERS.map((data) => [key, inputs, data] as const)))(
    'of %s with %j leaves the outcome unknown if it has no ID: %j',
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

it('a response to an update is ignored if it contains another record', async () => {
  answer('POST', /clients\/301\/$/, { id: 302, last_name: 'Stranger' });
  expect(await act('update_client', { client: '301', last_name: 'Raman' })).toMatchObject({
    id: 301,
    client_last_name: 'Raman',
  });
});

describe('a request without a response', () => {
  const send = (problem: object): Promise<unknown> => {
    const error = Object.assign(new Error('x'), { name: 'FetchError' }, problem);
    const z = { ...directZ, request: () => Promise.reject(error) } as unknown as ZObject;
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
    return sendOnce(StepRun.ofAction(z, bundle), { method: 'POST', path: 'clients/', body: '{}' });
  };

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'])(
    'was not sent if the connection failed with %s',
    async (code) => {
      expect(await failureOf(send({ code }))).toMatch(/^TutorCruncher could not be reached, so nothing was changed\. /);
    },
  );

  it.each([
    [{ code: 'ECONNRESET' }, /^TutorCruncher did not respond within 18 seconds, or the connection broke\.$/],
    [{ type: 'max-size' }, /^The response of TutorCruncher is too large for a Zap\. /],
  ])('has an unknown outcome if its problem is %j', async (problem, message) => {
    await expect(send(problem)).rejects.toThrow(UnknownOutcome);
    expect(await failureOf(send(problem))).toMatch(message);
  });
});

it.each([
  ['{"a": 1}', { 'Content-Type': 'application/json' }],
  [undefined, undefined],
])('a request with the body %j has the headers %j', async (body, headers) => {
  const request = jest.fn<ZObject['request']>().mockResolvedValue({ status: 200 } as never);
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
  await sendOnce(StepRun.ofAction({ ...directZ, request } as unknown as ZObject, bundle), {
    method: 'POST',
    path: 'clients/',
    body,
  });
  const [options] = request.mock.calls.at(-1) ?? [];
  expect((options as { headers?: object } | undefined)?.headers).toEqual(headers);
});
