import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
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
