/** Requests that get no complete response, and the encoding of requests, over HTTP. */

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import app from '../../index.ts';
import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { get, getPage, getRows, type GetOptions } from '../../src/api/client.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { appTester } from '../support/app-tester.ts';
import { directZWith } from '../support/direct-z.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const reset = (resetsAfter: number) => {
  tutorCruncher.now.behaviour.resetsAfter = resetsAfter;
};
const sent = () => tutorCruncher.requests().map(({ method, path }) => `${method} ${path}`);

const BUNDLE = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
const testConnection = () => appTester(app.authentication?.test, BUNDLE);

describe('a reset connection', () => {
  it('of a read is followed by one more request', async () => {
    reset(0);
    expect(await find('find_client', { client: '301' })).toMatchObject([{ client_id: 301 }]);
    expect(sent()).toEqual(['GET /api/clients/301/', 'GET /api/clients/301/']);
  });

  it('of the repeated read becomes advice', async () => {
    tutorCruncher.now.server.prependListener('request', () => {
      reset(0);
    });
    const message = await failureOf(find('find_client', { client: '301' }));
    expect(message).toBe('TutorCruncher could not be reached. Try again in a few minutes.');
    expect(sent()).toHaveLength(2);
  });

  it('of a write leaves the outcome unknown, and the write is not repeated', async () => {
    // The first request is for the branch.
    reset(1);
    const message = await failureOf(act('update_client', { client: '301', town: 'Wells' }));
    expect(message).toMatch(/or the connection broke\. The changes may still have been saved\. /);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe('a read that fails', () => {
  it.each([
    ['ECONNRESET', 2],
    ['ECONNREFUSED', 1],
    ['ETIMEDOUT', 1],
  ])('with %s is sent %d times', async (code, count) => {
    const request = jest.fn(() =>
      Promise.reject(Object.assign(new Error('x'), { name: 'FetchError', type: 'system', code })),
    );
    const failing = { ...directZWith(() => ({})), request } as unknown as ZObject;
    expect(await failureOf(StepRun.ofSearch(failing, BUNDLE).read('clients/1/'))).toMatch(/could not be reached/);
    expect(request).toHaveBeenCalledTimes(count);
  });
});

describe('an error response from TutorCruncher', () => {
  /** Points the app to a server on this machine. */
  async function serving(listener?: RequestListener): Promise<Server> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.TUTORCRUNCHER_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return server;
  }

  it.each<[string, RequestListener]>([
    ['does not start', () => undefined],
    ['never ends', (_request, response) => response.write('{')],
  ])('that %s within 8 seconds becomes advice', async (_what, listener) => {
    const { setTimeout } = globalThis;
    const timers = jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((callback, ms) => setTimeout(callback, ms === 8_000 ? 100 : ms));
    const server = await serving(listener);
    expect(await failureOf(testConnection())).toBe(
      'TutorCruncher did not respond within 8 seconds. Try again in a few minutes.',
    );
    server.closeAllConnections();
    server.close();
    timers.mockRestore();
  });

  it('that never arrives because TutorCruncher cannot be reached becomes advice', async () => {
    (await serving()).close();
    expect(await failureOf(testConnection())).toBe('TutorCruncher could not be reached. Try again in a few minutes.');
  });
});

describe('double curly braces', () => {
  it('reach TutorCruncher as typed in the filters of a search, although core removes them from requests', async () => {
    await act('update_client', { client: '301', last_name: '{{x}} {Raman}' });
    expect(await find('find_client', { find_last_name: '{{x}} {Raman}' })).toMatchObject([{ id: 301 }]);
    const { path = '' } = tutorCruncher.requests().find((request) => request.path.includes('?')) ?? {};
    expect(new URL(path, 'http://x').searchParams.get('user__last_name')).toBe('{{x}} {Raman}');
  });
});

/** A request as core gets it. */
interface SentRequest {
  readonly url: string;
  readonly timeout: number;
  readonly skipThrowForStatus: boolean;
  readonly middlewareData: object;
}

/** Returns a `z` whose requests have this outcome, and the requests. */
function zWith(outcome: () => object) {
  const requests: SentRequest[] = [];
  const request = (options: SentRequest) => {
    requests.push(options);
    return Promise.resolve().then(outcome);
  };
  return { requests, z: { ...directZ, request } as unknown as ZObject };
}
const failingWith = (error: Error, properties: object) => () => {
  throw Object.assign(error, properties);
};

describe('a response to a read', () => {
  const dataOf = (outcome: object, options?: GetOptions) => get(zWith(() => outcome).z, BUNDLE, 'x/', {}, options);

  it.each([400, 403, 404])('is null if its status is %d, which the request allows', async (status) => {
    expect(await dataOf({ status, data: { detail: 'No.' } })).toBeNull();
  });

  it.each([[[]], [{}], [null], [0], ['']])('is the data %j', async (data) => {
    expect(await dataOf({ status: 200, data })).toBe(data);
  });

  it('becomes advice with the consequence if it is no JSON', async () => {
    const consequence = 'Nothing was changed.';
    expect(await failureOf(dataOf({ status: 200, data: undefined }, { consequence }))).toMatch(
      /^TutorCruncher responded with a web page instead of data, .* in a few minutes\. Nothing was changed\.$/,
    );
  });
});

describe('a read', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each<[options: GetOptions, skipThrowForStatus: boolean, middlewareData: object]>([
    [{}, false, {}],
    [{ mayBeMissing: true }, true, {}],
    [{ mayBeRefused: true }, true, { mayBeRefused: true }],
    [{ mayBeForbidden: true, consequence: 'x' }, false, { mayBeForbidden: true, consequence: 'x' }],
    [{ isConnectionTest: true }, false, { isConnectionTest: true }],
  ])('with the options %j tells core and the middleware about them', async (options, skipThrowForStatus, told) => {
    const { z, requests } = zWith(() => ({ status: 200, data: {} }));
    await get(z, BUNDLE, 'x/', {}, options);
    const defaults = { isConnectionTest: false, mayBeForbidden: false, mayBeRefused: false };
    expect(requests).toMatchObject([{ skipThrowForStatus, middlewareData: { ...defaults, ...told } }]);
  });

  it('has 8 seconds for the headers and for the whole response, unless another time is given', async () => {
    const limits = jest.spyOn(AbortSignal, 'timeout');
    const { z, requests } = zWith(() => ({ status: 200, data: {} }));
    await get(z, BUNDLE, 'x/');
    await get(z, BUNDLE, 'x/', {}, { timeoutMs: 300 });
    expect(requests.map(({ timeout }) => timeout)).toEqual([8_000, 300]);
    expect(limits.mock.calls).toEqual([[8_050], [350]]);
  });

  it.each([
    [{ name: 'AbortError' }, 8_000, 'TutorCruncher did not respond within 8 seconds. Try again in a few minutes. X'],
    [{ name: 'AbortError' }, 1_400, 'TutorCruncher did not respond within 1 second. Try again in a few minutes. X'],
    [{ name: 'AbortError' }, 300, 'TutorCruncher did not respond within 1 second. Try again in a few minutes. X'],
    [
      { name: 'FetchError', type: 'body-timeout' },
      2_000,
      'TutorCruncher did not respond within 2 seconds. Try again in a few minutes. X',
    ],
    [{ name: 'FetchError' }, 2_000, 'TutorCruncher could not be reached. Try again in a few minutes. X'],
  ])('that fails with %j after %d ms becomes advice and the consequence', async (properties, timeoutMs, message) => {
    const { z } = zWith(failingWith(new Error('x'), properties));
    expect(await failureOf(get(z, BUNDLE, 'x/', {}, { timeoutMs, consequence: 'X' }))).toBe(message);
  });

  it('that fails in another way is sent once, and its error contains no private key', async () => {
    const { z, requests } = zWith(failingWith(new TypeError(`token ${PRIVATE_KEY}`), { code: 'ECONNRESET' }));
    await expect(get(z, BUNDLE, 'x/')).rejects.toThrow(/^token \[removed\]$/);
    expect(requests).toHaveLength(1);
  });

  it.each([
    [3_000, [8_000, 5_000]],
    [7_700, [8_000, 300]],
    [7_701, [8_000]],
  ])('whose connection is reset after %d ms is repeated with the time that is left', async (elapsed, timeouts) => {
    let now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const { z, requests } = zWith(() => {
      now += elapsed;
      throw Object.assign(new Error('x'), { name: 'FetchError', code: 'ECONNRESET' });
    });
    expect(await failureOf(get(z, BUNDLE, 'x/'))).toMatch(/could not be reached/);
    expect(requests.map(({ timeout }) => timeout)).toEqual(timeouts);
  });
});

describe('a page of a list', () => {
  const LIST = { results: [{ id: 2 }, null, 7, { id: 1 }], next: 'https://x/?page=2', count: 3 };
  const pageOf = (outcome: object, page?: number, options?: GetOptions) => {
    const { z, requests } = zWith(() => outcome);
    return { result: getPage(z, BUNDLE, 'x/', { a: 'b' }, page, options), requests };
  };

  it.each<[data: object, page: object]>([
    [LIST, { rows: [{ id: 2 }, { id: 1 }], hasMore: true, count: 3 }],
    [
      { results: [], next: null },
      { rows: [], hasMore: false, count: null },
    ],
    [
      { results: [], count: '3' },
      { rows: [], hasMore: false, count: null },
    ],
  ])('%j has its rows, and says whether another page follows and how many rows there are', async (data, page) => {
    expect(await pageOf({ status: 200, data }).result).toEqual(page);
    const { rows }: { readonly rows?: unknown } = page;
    expect(await getRows(zWith(() => ({ status: 200, data })).z, BUNDLE, 'x/')).toEqual(rows);
  });

  it.each([
    [undefined, 'https://app.tutorcruncher.com/api/x/?a=b', false],
    [1, 'https://app.tutorcruncher.com/api/x/?a=b', false],
    [2, 'https://app.tutorcruncher.com/api/x/?a=b&page=2', true],
  ])('with the number %j is requested, and may be missing unless it is the first', async (page, url, mayBeMissing) => {
    delete process.env.TUTORCRUNCHER_URL;
    const { result, requests } = pageOf({ status: 200, data: LIST }, page);
    await result;
    expect(requests).toMatchObject([{ url, skipThrowForStatus: mayBeMissing }]);
  });

  it.each([{}, [], 7, { results: {} }])('is reported if its list is missing: %j', async (data) => {
    for (const page of [1, 2]) {
      expect(await failureOf(pageOf({ status: 200, data }, page).result)).toMatch(/it contains no list\. Try again/);
    }
  });

  it('is empty if it is beyond the end, or if a filter is refused', async () => {
    const EMPTY = { rows: [], hasMore: false, count: null };
    const missing = { status: 404, data: {} };
    expect(await pageOf(missing, 2).result).toEqual({ ...EMPTY, isBeyondEnd: true });
    expect(await pageOf({ status: 400, data: {} }, 1, { mayBeRefused: true }).result).toEqual({
      ...EMPTY,
      isBeyondEnd: false,
    });
    expect(await failureOf(pageOf(missing, 1).result)).toMatch(/it contains no list/);
  });
});
