import { describe, expect, it } from '@jest/globals';
import type { Bundle, HttpResponse } from 'zapier-platform-core';

import app from '../../index.ts';
import { directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { explainErrorResponse, PLAN_ADVICE } from '../../src/api/error-response.ts';
import { appTester } from '../support/app-tester.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };
const test = () => appTester(app.authentication?.test, bundle);
const performList = (key: string) => appTester(triggerOf(key).definition.operation.performList, bundle, true);

async function errorOf(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(() => null).catch((error: unknown) => error);
  if (error instanceof Error) return error;
  throw new Error('The call did not throw.');
}

/** Returns the message that a user reads, without the JSON in which core wraps it. */
async function userMessageOf(call: Promise<unknown>): Promise<string> {
  const { message } = await errorOf(call);
  return (JSON.parse(message) as { message: string }).message;
}

const INVALID_TOKEN = { detail: 'Invalid token.' };
const PERSONAL = { detail: 'Not for Leo Raman.', non_field_errors: ['Leo Raman'], 'leo raman': ['x'] };

describe('an error response from TutorCruncher', () => {
  it.each<[status: number, body: object | string, expected: RegExp]>([
    [401, PERSONAL, /rejected the private key.*Settings > API.*reconnect/],
    [403, INVALID_TOKEN, /rejected the private key.*Settings > API.*reconnect/],
    [403, PERSONAL, /no permission to read Branch \(GET \/api\/branch\/\)\. Reconnecting with the same key does/],
    [403, '<html>Leo Raman</html>', /^A firewall in front of TutorCruncher blocked the request.*Try again in a few/],
    [400, PERSONAL, /^The connection could not be tested.*Check that you pasted the whole private key/],
    [400, '<html>Leo Raman</html>', /^The connection could not be tested/],
    [500, '<html>Leo Raman</html>', /is having a problem.*500.*Try again in a few minutes/],
    [302, '', /unexpected response \(HTTP status 302\)/],
    [418, PERSONAL, /unexpected response \(HTTP status 418\)/],
    [200, '<html>Leo Raman</html>', /a web page instead of data.*Try again/],
    [200, [1, 2], /contains no branch.*Try again/],
  ])('to the test of a connection becomes advice about the connection: %d %j', async (status, body, expected) => {
    tutorCruncherApi().get('/api/branch/').reply(status, body, { Location: 'https://example.com/' });
    const message = await userMessageOf(test());
    expect(message).toMatch(expected);
    expect(message).not.toMatch(/leo|raman|this step|these fields/i);
    expect(message).not.toContain(PRIVATE_KEY);
  });

  it.each([302, 400, 401, 402, 403, 418])('%d to the test of a connection also names the plan', async (status) => {
    tutorCruncherApi().get('/api/branch/').reply(status, { detail: 'No.' });
    expect(await userMessageOf(test())).toMatch(
      / If the key is right, the agency's plan may be the cause: .*Enterprise/,
    );
  });

  it.each([500, 503])('%d to the test of a connection does not name the plan', async (status) => {
    tutorCruncherApi().get('/api/branch/').reply(status, {});
    expect(await userMessageOf(test())).not.toMatch(/plan/);
  });

  it('to the test of a connection that finds neither a branch nor clients becomes advice', async () => {
    tutorCruncherApi().get('/api/branch/').reply(404, PERSONAL);
    tutorCruncherApi().get('/api/clients/').reply(404, PERSONAL);
    const message = await userMessageOf(test());
    expect(message).toMatch(/^The connection could not be tested, because TutorCruncher provides.*the agency's plan/);
  });

  it.each<[status: number, body: object | string, expected: RegExp]>([
    [401, PERSONAL, /rejected the private key.*Settings > API.*reconnect/],
    [403, '<html>Leo Raman</html>', /^A firewall in front of TutorCruncher blocked the request/],
    [403, INVALID_TOKEN, /rejected the private key.*reconnect/],
    [403, { detail: 'Authentication credentials were not provided.' }, /rejected the private key.*reconnect/],
    [
      403,
      { detail: 'You do not have permission to perform this action.' },
      /^TutorCruncher knows the private key, but the key has no permission to read Clients \(GET \/api\/clients\/\)/,
    ],
    [403, { error: 'Leo Raman has no token.' }, /no permission to read Clients.*Settings > API.*give the integration/],
    [404, PERSONAL, /could not find what this step refers to\. Refresh the fields/],
    [
      400,
      { labels: ['Leo Raman is no label.'], service_recipient: ['x'] },
      /rejected the values of these fields: Labels, Student\. Choose them again/,
    ],
    [400, PERSONAL, /rejected the choices in this step\. Choose again/],
    [400, '<html>Leo Raman</html>', /rejected the choices in this step\. Choose again/],
    [200, { detail: 'Leo Raman' }, /contains no list/],
  ])('to a step becomes advice about the step: %d %j', async (status, body, expected) => {
    tutorCruncherApi().get('/api/clients/').reply(status, body);
    const message = await userMessageOf(performList('client_created'));
    expect(message).toMatch(expected);
    expect(message).not.toMatch(/leo|raman/i);
    expect(message).not.toContain(PRIVATE_KEY);
  });

  it('to the request of a record becomes advice', async () => {
    tutorCruncherApi()
      .get('/api/clients/')
      .reply(200, { results: [{ id: 1 }] });
    tutorCruncherApi().get('/api/clients/1/').reply(500, PERSONAL);
    expect(await userMessageOf(performList('client_created'))).toMatch(/is having a problem/);
  });

  it('with status 429 is left to core, which waits and retries', async () => {
    tutorCruncherApi().get('/api/branch/').reply(429, { detail: 'Request was throttled.' }, { 'Retry-After': '7' });
    const error = await errorOf(test());
    expect(error.name).toBe('ThrottledError');
    expect(JSON.parse(error.message)).toMatchObject({ delay: 7 });
  });
});

describe('a response with the status', () => {
  const CLIENT = 'https://app.tutorcruncher.com/api/clients/301/';
  interface Case {
    readonly url?: string;
    readonly method?: string;
    readonly data?: unknown;
    readonly skipThrowForStatus?: boolean;
    readonly middlewareData?: object;
  }

  /** Returns the code and the message of the error for a response; null if the response is passed on. */
  const errorFor = (status: number, { url = CLIENT, method = 'GET', data = {}, ...others }: Case = {}) => {
    const { skipThrowForStatus = false, middlewareData } = others;
    const request = { url, method, middlewareData };
    const response = { status, data, skipThrowForStatus, request } as unknown as HttpResponse;
    try {
      expect(explainErrorResponse(response, directZ, BUNDLE)).toBe(response);
      return null;
    } catch (error) {
      if (!(error instanceof directZ.errors.Error)) throw error;
      return JSON.parse(error.message) as { code: string; message: string };
    }
  };
  const BUNDLE = bundle as unknown as Bundle;

  it.each<[status: number, response: Case]>([
    [200, {}],
    [299, {}],
    [500, { url: 'https://relay.example.com/channel' }],
    [404, { skipThrowForStatus: true }],
    [401, { middlewareData: { givesEveryStatus: true } }],
    [400, { middlewareData: { isWrite: true } }],
    [500, { middlewareData: { isWrite: true } }],
    [403, { middlewareData: { mayBeForbidden: true } }],
    [400, { middlewareData: { mayBeRefused: true } }],
  ])('%d is passed on: %j', (status, response) => {
    expect(errorFor(status, response)).toBeNull();
  });

  it.each<[status: number, response: Case, code: string]>([
    [300, {}, 'ApiError'],
    [404, {}, 'ApiError'],
    [400, { skipThrowForStatus: true }, 'ApiError'],
    [401, {}, 'AuthenticationError'],
    [401, { middlewareData: { isWrite: true } }, 'AuthenticationError'],
    [403, {}, 'PermissionError'],
    [403, { middlewareData: { isWrite: true } }, 'PermissionError'],
    [403, { middlewareData: { mayBeForbidden: true }, data: '<html>' }, 'ApiError'],
    [403, { middlewareData: { mayBeForbidden: true }, data: { detail: 'Invalid token.' } }, 'AuthenticationError'],
    [403, { middlewareData: { mayBeRefused: true } }, 'PermissionError'],
    [400, { middlewareData: { mayBeForbidden: true } }, 'ApiError'],
    [500, { middlewareData: { mayBeRefused: true } }, 'ApiError'],
  ])('%d becomes an error: %j', (status, response, code) => {
    expect(errorFor(status, response)?.code).toBe(code);
  });

  it.each([
    ['GET', /no permission to read Clients \(GET \/api\/clients\/ID\/\)\. Reconnecting/],
    ['OPTIONS', /no permission to read Clients \(OPTIONS \/api\/clients\/ID\/\)\. Reconnecting/],
    ['POST', /no permission to change Clients \(POST \/api\/clients\/ID\/\)\. Nothing was changed\. Reconnecting/],
  ])('403 to a %s names the list without an id', (method, message) => {
    expect(errorFor(403, { method })?.message).toMatch(message);
  });

  it('400 names fields, but no text that could be a value', () => {
    const data = { town: ['x'], ['a'.repeat(42)]: ['x'], 'Leo Raman': ['x'] };
    expect(errorFor(400, { data })?.message).toMatch(/the values of these fields: Town\. Choose/);
  });

  it('503 becomes advice that the consequence follows', () => {
    const middlewareData = { consequence: 'Nothing was changed.' };
    expect(errorFor(503, { middlewareData })?.message).toMatch(/in a few minutes\. Nothing was changed\.$/);
  });

  it.each([400, 401, 403, 404])('%d to a step does not become advice about the plan', (status) => {
    expect(errorFor(status)?.message).not.toContain(PLAN_ADVICE);
  });
});
