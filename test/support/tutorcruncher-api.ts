/** Mocks of requests to TutorCruncher's API. All other requests fail. */

import { afterAll, afterEach, beforeAll } from '@jest/globals';
import nock from 'nock';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { JsonObject } from '../../wire/json.ts';
import { page } from './steps.ts';

/**
 * Returns a nock scope that accepts one request with the given private key. Each expected request needs its own scope.
 */
export const tutorCruncherApi = (privateKey = PRIVATE_KEY): nock.Scope =>
  nock('https://app.tutorcruncher.com', { reqheaders: { authorization: `token ${privateKey}` } });

/**
 * Disables the network for a test file. Call it at the top of the file.
 *
 * @throws {Error} after a test that has not made all expected requests
 */
export function withoutNetwork(): void {
  beforeAll(() => {
    if (!nock.isActive()) nock.activate();
    nock.disableNetConnect();
  });
  // The next test file loads its own copy of nock, which needs the original functions of Node.js's http module.
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    if (pending.length > 0) throw new Error(`Expected requests were not made: ${pending.join(', ')}`);
  });
}

/** Expects a request for a page of a list. */
export const expectList = (path: string, query: JsonObject, rows: readonly unknown[], hasMore = false) =>
  tutorCruncherApi()
    .get(`/api/${path}/`)
    .query(query as nock.DataMatcherMap)
    .reply(200, page(rows, hasMore));

/** Expects a request for an object. */
export const expectDetail = (path: string, id: number, body: JsonObject | null) =>
  tutorCruncherApi()
    .get(`/api/${path}/${id}/`)
    .reply(body ? 200 : 404, body ?? { detail: 'Not found.' });

/** Expects a request for the branch, which is in London. */
export const expectLondonBranch = () =>
  tutorCruncherApi().get('/api/branch/').reply(200, { id: 1, name: 'Bristol', timezone: 'Europe/London' });
