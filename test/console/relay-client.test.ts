/** The requests from the console's page to the relay, as they reach `fetch`. */

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';

import { relayClient } from '../../console/relay-client.ts';

const client = relayClient('token');
const { signal } = new AbortController();
const fetch = jest.fn<typeof globalThis.fetch>();

beforeEach(() => {
  jest.spyOn(globalThis, 'fetch').mockImplementation(fetch);
  fetch.mockReset().mockImplementation(() => Promise.resolve(Response.json({ zaps: 1 })));
});
afterEach(() => {
  jest.restoreAllMocks();
});

it('a request for data has the token of the link, and repeats the parameter of several actions', async () => {
  await client.events({ action: ['A', 'B'], before: 7 }, signal);
  const [url, options] = fetch.mock.lastCall ?? [];
  expect(url).toBe('/console/api/events?before=7&action=A&action=B');
  expect(options).toEqual({ headers: { authorization: 'Bearer token' }, signal: expect.any(AbortSignal) });
  await client.events({}, signal);
  expect(fetch.mock.lastCall?.[0]).toBe('/console/api/events?');
});

it('a command is a POST with a JSON body', async () => {
  expect(await client.retry({ zap: 'zap' })).toEqual({ zaps: 1 });
  expect(fetch.mock.lastCall?.[1]).toMatchObject({
    method: 'POST',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: '{"zap":"zap"}',
  });
});

it('a request ends when the page no longer needs its response', async () => {
  const ending = new AbortController();
  await client.event(7, ending.signal);
  const passed = fetch.mock.lastCall?.[1]?.signal;
  expect(passed?.aborted).toBe(false);
  ending.abort();
  expect(passed?.aborted).toBe(true);
});

it.each([
  ['refused', 400, {}, null],
  ['expired', 401, {}, null],
  ['refused', 403, {}, null],
  ['missing', 404, {}, null],
  ['conflict', 409, {}, null],
  ['busy', 429, { 'retry-after': '60' }, 60_000],
  ['busy', 429, { 'retry-after': 'Wed, 10 Jun 2026 17:00:00 GMT' }, null],
  ['unavailable', 503, {}, null],
])('a failed request is %s after status %i with %j', async (reason, status, headers, retryAfterMs) => {
  fetch.mockImplementation(() => Promise.resolve(new Response('', { status, headers })));
  await expect(client.link()).rejects.toMatchObject({ reason, retryAfterMs });
});

it('a request fails as unavailable if there is no response, or a response that is not JSON', async () => {
  fetch.mockImplementation(() => Promise.resolve(new Response('<html>')));
  await expect(client.overview()).rejects.toMatchObject({ reason: 'unavailable', retryAfterMs: null });
  fetch.mockImplementation(() => Promise.reject(new TypeError('fetch failed')));
  await expect(client.overview()).rejects.toMatchObject({ reason: 'unavailable', retryAfterMs: null });
});

it.each<[path: string, send: () => Promise<unknown>]>([
  ['/console/api/link', () => client.link()],
  ['/console/api/overview', () => client.overview()],
  ['/console/api/events?before=7', () => client.events({ before: 7 }, signal)],
  ['/console/api/events/7', () => client.event(7, signal)],
  ['/console/api/events/7/zaps', () => client.eventOutcomes(7, signal)],
  ['/console/api/send-again', () => client.sendAgain({ number: 7, zap: 'zap', dry_run: true })],
  ['/console/api/retry', () => client.retry({})],
])('a request to %s ends after 20 seconds', async (path, send) => {
  const limit = new AbortController();
  const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
  await send();
  const [url, options] = fetch.mock.lastCall ?? [];
  expect(url).toBe(path);
  expect(timeout.mock.calls).toEqual([[20_000]]);
  expect(options?.signal?.aborted).toBe(false);
  limit.abort();
  expect(options?.signal?.aborted).toBe(true);
});
