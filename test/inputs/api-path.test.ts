/** The path of API Request, which cannot lead to another host or path. */

import { describe, expect, it } from '@jest/globals';

import { tutorCruncherOrigin } from '../../src/api/origin.ts';
import { apiPathInput } from '../../src/inputs/api-path.ts';
import type { JsonObject } from '../../wire/json.ts';
import { each, testConversions } from '../support/conversions.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

const refusalOf = (inputData: JsonObject) => failureOf(act('api_request', { method: 'GET', ...inputData }));

testConversions({
  'a path': {
    input: apiPathInput('field', {}),
    accepted: each(
      'clients/12/',
      'clients/12',
      '/clients/12/',
      'api/Clients/12',
      '/API/clients/12/',
      `${tutorCruncherOrigin()}/api/clients/12`,
    ),
    refused: ['clients//12', 'clients/../12', 'clients/%2e', '//x', 'clients/12 /', 'cli.ents', '/'],
    problem: /must contain a path such as/,
  },
  'a URL': {
    input: apiPathInput('field', {}),
    accepted: [],
    refused: ['https://example.com/api/clients/', 'https://example.com/', `${tutorCruncherOrigin()}/clients/12/`],
    problem: /contains a URL that does not start with/,
  },
});

// `sent-api-requests.test.ts` checks the request for any path. Each path below is an example of a trick.
describe('a path with a trick', () => {
  withoutNetwork();

  it.each([
    'clients/../invoices/',
    'clients/…/',
    '%2e%2e/',
    'clients%2f1/',
    '%252e%252e/',
    'clients/%c0%ae/',
    'clients//1/',
    '//evil.example/',
    'clients\\1',
    '/\\evil.example/',
    'me@evil.example/',
    'clients#1',
    'clients;x=1/',
    'clients:80/',
    'clients/\u0000',
    'clients/\r\nHost: evil.example',
    'clients/ 1/',
    'clients/\u200b1/',
    'ｃlients/',
    'clients／1/',
    'clients/。。/',
    'clientſ/',
    '{{bundle.inputData.x}}/',
    'clients/*/',
    ' / ',
    'javascript:alert(1)',
  ])('is refused: %j', async (path) => {
    expect(await refusalOf({ path })).toMatch(
      /^The field "Path" of this step (?:must contain a path|contains|is empty)/,
    );
  });

  it.each([
    'https://evil.example/api/clients/',
    'https://app.tutorcruncher.com:8443/api/clients/',
    'https://app.tutorcruncher.com.evil.example/api/clients/',
    'HTTPS://EVIL.EXAMPLE/api/clients/',
    'https://app.tutorcruncher.com/login/',
    'https://app.tutorcruncher.com/API/clients/',
    'https://app.tutorcruncher.com:99999/api/clients/',
  ])("is refused if it is a URL outside TutorCruncher's API: %s", async (path) => {
    expect(await refusalOf({ path })).toBe(
      'The field "Path" of this step contains a URL that does not start with https://app.tutorcruncher.com/api/.',
    );
  });

  it.each([
    'https://app.tutorcruncher.com@evil.example/api/clients/',
    'https://user:pass@app.tutorcruncher.com/api/clients/',
    'https://app.tutorcruncher.com/api/../login/',
    'https://app.tutorcruncher.com\\@evil.example/api/',
    'https:/\\evil.example/api/clients/',
    'https://app.tutorcruncher。com/api/clients/',
  ])('is refused in a URL: %s', async (path) => {
    expect(await refusalOf({ path })).toMatch(
      /^The field "Path" of this step must contain a path such as `clients\/123\/`/,
    );
  });

  it('is refused with a hint if it contains a query', async () => {
    for (const path of ['clients/?page=2', 'clients?', 'https://app.tutorcruncher.com/api/clients/?page=2']) {
      expect(await refusalOf({ path })).toBe(
        'The field "Path" of this step contains a question mark. Move the names and values after it to Query.',
      );
    }
  });
});

describe('a mapped part of the path', () => {
  const tutorCruncher = useTutorCruncher();
  const PLACEHOLDER = '{{123456__id}}';
  const GET = { method: 'GET', path: 'clients/' };
  const POST = { method: 'POST', path: 'clients/301/' };

  it.each<[request: JsonObject, raw: JsonObject, field: string, problem: string]>([
    [{ ...POST, path: 'clients/' }, { path: `clients/${PLACEHOLDER}` }, 'Path', 'has an empty part'],
    [{ ...GET, path: 'clients//' }, { path: `clients/${PLACEHOLDER}/` }, 'Path', 'has an empty part'],
    [{ ...GET, path: 'api/clients/' }, { path: `api/clients/${PLACEHOLDER}` }, 'Path', 'has an empty part'],
  ])('sends nothing for %j from %j', async (request, raw, field, problem) => {
    expect(await failureOf(act('api_request', request, {}, { ...request, ...raw }))).toMatch(
      new RegExp(`^The field "${field}" of this step ${problem} in this run, although a value is mapped into it`),
    );
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each<[request: JsonObject, raw: JsonObject]>([
    [{ ...GET, path: 'clients/301/' }, { path: `clients/${PLACEHOLDER}` }],
    [{ ...GET, path: 'clients/301/' }, { path: PLACEHOLDER }],
    [{ ...GET, path: '/api/clients/301' }, { path: `${PLACEHOLDER}/{{1__id}}` }],
  ])('sends %j from %j', async (request, raw) => {
    expect(await act('api_request', request, {}, { ...request, ...raw })).toMatchObject({ status: 200 });
  });
});
