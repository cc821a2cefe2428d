/** API Request against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import type { ApiResponse } from '../../local/api/behaviour.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, fieldsOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const request = (inputData: JsonObject): Promise<JsonObject> => act('api_request', inputData);
const sent = () => tutorCruncher.requests().map(({ method, path, body }) => [method, path, body]);
const respondWith = (...response: ApiResponse): void => {
  tutorCruncher.now.behaviour.intercept = ({ path }) => (path === '/api/branch/' ? null : response);
};
const GET = { method: 'GET', path: 'clients/301/' };
const POST = { method: 'POST', path: 'clients/301/', body: '{"town": "Wells"}' };

describe('api_request', () => {
  it('reads with GET, and returns the id, the status, the JSON text and the response itself', async () => {
    const result = await request(GET);
    expect(Object.keys(result)).toEqual(['id', 'status', 'body', 'branch_name', 'branch_id', 'response']);
    expect(result).toMatchObject({ id: 301, status: 200, response: { id: 301, first_name: 'Priya' } });
    expect(JSON.parse(String(result.body))).toEqual(result.response);
    expect(sent()).toEqual([['GET', '/api/clients/301/', null]]);
  });

  it('filters a list with Query, and drops its empty values', async () => {
    const named = { user__email: 'priya.raman@example.com', page: '1', 'a {{b}}&c': '{{d}} é?' };
    const query = { ...named, page: 1, status: '', labels: null };
    const { id, response } = await request({ method: 'get', path: 'clients', query });
    expect([id, isJsonObject(response) && response.count]).toEqual([null, 1]);
    const [[method, path] = []] = sent();
    const url = new URL(typeof path === 'string' ? path : '', 'http://x');
    expect([method, url.pathname]).toEqual(['GET', '/api/clients/']);
    expect(Object.fromEntries(url.searchParams)).toEqual(named);
  });

  it('writes with POST and PUT, and sends an empty object if the body is empty', async () => {
    expect(await request(POST)).toMatchObject({ id: 301, status: 200, response: { town: 'Wells' } });
    const job = { name: 'Piano', dft_charge_rate: '45.00', dft_contractor_rate: '30.00' };
    const result = await request({ method: ' put ', path: '/services/706', body: JSON.stringify(job, null, 2) });
    expect(result).toMatchObject({ id: 706, response: { name: 'Piano', dft_charge_rate: 45 } });
    await request({ method: 'POST', path: 'tenders/92/accept/', body: ' ' });
    expect(sent()).toEqual([
      ['POST', '/api/clients/301/', { town: 'Wells' }],
      ['PUT', '/api/services/706/', job],
      ['POST', '/api/tenders/92/accept/', {}],
    ]);
  });

  it('sends the body exactly as typed', async () => {
    const town = '{{bundle.authData.private_key}} {{{ }}} {{process.env.X}} \\ "é" \u{1f3bb}';
    await request({ ...POST, body: `\n{ "town" : ${JSON.stringify(town)} }\n` });
    expect(sent()).toEqual([['POST', '/api/clients/301/', { town }]]);
    expect(await find('find_client', { client: '301' })).toMatchObject([{ client_town: town }]);
  });

  it.each([
    ['clients/301/'],
    ['/clients/301/'],
    ['/api/clients/301'],
    [' clients/301/\n'],
    ['Clients/301/'],
    [() => `${tutorCruncher.now.origin}/api/clients/301/`],
    [() => `${tutorCruncher.now.origin.toUpperCase()}/api/clients/301`],
  ])('accepts the path %j', async (path) => {
    await request({ ...GET, path: typeof path === 'string' ? path : path() });
    expect(sent()).toEqual([['GET', '/api/clients/301/', null]]);
  });

  it('returns the id of a role in an account with version 1 of the API', async () => {
    tutorCruncher.now.behaviour.isOlderShape = true;
    expect(await request(POST)).toMatchObject({ id: 301, response: { status: 'success', role: { id: 301 } } });
  });

  it.each<[string, ApiResponse, JsonObject]>([
    ['an id that is text', [201, { id: 'a-1' }], { id: 'a-1', status: 201 }],
    ['another kind of id', [200, { id: [1] }], { id: null, status: 200 }],
    ['a list', [200, [{ id: 5 }]], { id: null, body: '[{"id":5}]', response: [{ id: 5 }] }],
    ['no content', [204, ''], { id: null, status: 204, body: null, response: null }],
  ])('accepts a response with %s', async (_what, response, result) => {
    respondWith(...response);
    expect(await request(POST)).toMatchObject(result);
  });

  it.each([
    [GET, /narrow it .* with "Query"\. A GET request changes nothing, so replaying this run does no harm\.$/],
    [POST, /narrow it .* with "Query"\. TutorCruncher may still have carried out the request\. /],
  ])('refuses a response that is too large for a Zap: %j', async (inputData, message) => {
    const textOfBytes = (bytes: number) => 'x'.repeat(bytes - '{"text":""}'.length);
    respondWith(200, { text: textOfBytes(2_000_000) });
    expect(String((await request(inputData)).body)).toHaveLength(2_000_000);
    respondWith(200, { text: textOfBytes(2_000_001) });
    expect(await failureOf(request(inputData))).toMatch(message);
  });

  it('keeps all digits of long numbers', async () => {
    respondWith(200, '{"account": 12345678901234567890}', { 'Content-Type': 'application/json' });
    expect(await request(GET)).toMatchObject({ response: { account: '12345678901234567890' } });
  });

  it('has a sample with the keys of its results, and output fields for the keys that are not nested', async () => {
    const { sample, outputFields } = app.creates.api_request?.operation ?? {};
    expect(Object.keys(sample ?? {})).toEqual(Object.keys(await request(GET)));
    const fields = await appTester(outputFields, { authData: { private_key: PRIVATE_KEY }, inputData: {} }, true);
    expect((fields as { key: string }[]).map(({ key }) => key)).toEqual([
      ...['id', 'status', 'body', 'branch_name', 'branch_id'],
    ]);
    expect((await fieldsOf('api_request')).find(({ key }) => key === 'query')).toMatchObject({ dict: true });
  });
});

describe('Stop on Error', () => {
  const REFUSAL = { town: ['Leo Raman lives there.'], postcode: ['Missing'], 'Leo Raman': ['x'] };

  it.each([400, 409])(
    'stops after status %d with the names of the rejected fields, and no other part of the response',
    async (status) => {
      respondWith(status, REFUSAL);
      expect(await failureOf(request(POST))).toBe(
        'TutorCruncher does not accept the values of these fields: town, Postcode. Correct them in this step. Nothing was ' +
          'changed.',
      );
      respondWith(400, { page: ['x'] });
      expect(await failureOf(request({ ...GET, query: { page: 'x' } }))).toMatch(/these fields: page\. /);
    },
  );

  it.each([404, 415])('stops after status %d', async (status) => {
    respondWith(status, REFUSAL);
    expect(await failureOf(request(POST))).toBe(
      `TutorCruncher refused the request (HTTP status ${status}), so nothing was changed. Correct "Method" and "Path" in this ` +
        'step, or check the step that provides the ID.',
    );
  });

  it('says that TutorCruncher does not allow the method, and where to do the work', async () => {
    respondWith(405, REFUSAL);
    expect(await failureOf(request(POST))).toMatch(
      /^TutorCruncher's API does not allow POST for this path .* nothing was changed\. .* page of the record in TutorCruncher\.$/,
    );
  });

  it.each([408, 499])('reports that the outcome is unknown after status %d from a proxy', async (status) => {
    respondWith(status, REFUSAL);
    expect(await failureOf(request(POST))).toMatch(/TutorCruncher may still have carried out the request\./);
  });

  it.each<[string, ApiResponse]>([
    ['a server error', [500, REFUSAL]],
    ['a redirect', [302, REFUSAL, { Location: 'https://evil.example/' }]],
    ['a web page', [200, '<html>Leo Raman']],
  ])('reports after %s that the outcome is unknown, except for GET', async (_what, response) => {
    respondWith(...response);
    const message = await failureOf(request(POST));
    expect(message).toMatch(
      /TutorCruncher may still have carried out the request\. .* writes nothing\. After that, a replay sends the request again\.$/,
    );
    expect(await failureOf(request(GET))).toMatch(
      / A GET request changes nothing, so replaying this run does no harm\.$/,
    );
    expect(message).not.toContain('Raman');
    expect(tutorCruncher.requests()).toHaveLength(2);
  });

  it.each<[string, ApiResponse, JsonObject]>([
    ['a refusal', [400, REFUSAL], { status: 400, response: REFUSAL }],
    ['a refused key', [401, { detail: 'x' }], { status: 401 }],
    ['a firewall', [403, '<html>'], { status: 403, body: null, response: null }],
    ['a server error', [500, { id: 7 }], { id: 7, status: 500 }],
    ['a redirect, without following it', [302, '', { Location: '/api/clients/302/' }], { status: 302, body: null }],
    ['a web page', [200, '<html>'], { status: 200, body: null }],
  ])('returns the status of %s if it is false', async (_what, response, result) => {
    respondWith(...response);
    expect(await request({ ...POST, stop_on_error: false })).toMatchObject(result);
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it('leaves status 429 to Zapier if it is false', async () => {
    respondWith(429, {}, { 'Retry-After': '17' });
    await expect(request({ ...POST, stop_on_error: false })).rejects.toMatchObject({ name: 'ThrottledError' });
  });

  it('still fails if the connection breaks', async () => {
    tutorCruncher.now.behaviour.intercept = () => {
      tutorCruncher.now.server.closeAllConnections();
      return null;
    };
    expect(await failureOf(request({ ...POST, stop_on_error: false }))).toMatch(
      /or the connection broke\. TutorCruncher may/,
    );
  });
});

describe('inputs that are invalid', () => {
  it.each<[JsonObject, RegExp]>([
    [{ path: '' }, /^The field "Path" of this step is empty/],
    [
      { method: 'GETS', path: 'clients/' },
      /^The field "Method" of this step must contain one of these: GET, POST, PUT\.$/,
    ],
    [{ method: '', path: 'clients/' }, /^The field "Method" of this step is empty/],
    [{ path: ['clients/', 'agents/'] }, /^The field "Path" of this step contains several values/],
    [
      { path: 'clients/', body: '{}' },
      /^A GET request has no body\. Leave "Body" empty, or choose POST or PUT as "Method"\./,
    ],
    [{ path: 'clients/', query: 'page=2' }, /^The field "Query" of this step must contain names with values\.$/],
    [{ path: 'clients/', query: [{ a: 1 }] }, /^The field "Query" of this step must contain names with values\.$/],
    [
      { path: 'clients/', query: { page: { a: 1 } } },
      /^The field "Query" of this step contains neither text nor a number/,
    ],
    [
      { path: 'clients/', stop_on_error: 'maybe' },
      /^The field "Stop on Error" of this step must contain true or false/,
    ],
  ])('are refused: %j', async (inputData, message) => {
    expect(await failureOf(request({ method: 'GET', ...inputData }))).toMatch(message);
    expect(tutorCruncher.requests()).toEqual([]);
  });
});

it('api_request says that it makes no refunds, creates no tasks and sends no emails', () => {
  const description = app.creates.api_request?.display.description;
  expect(description).toContain('It sends no requests that take, record or refund a payment');
  expect(description).toContain('documents none that create a task, send an email or add a note');
});
