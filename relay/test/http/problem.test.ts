import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';

import { handleError, handleNotFound, Problem, tooManyRequests } from '../../http/problem.ts';

const SECRET = 'a-secret-in-a-request';
let app: FastifyInstance;
let url: string;
let log: string;
/** The error that the route throws. */
let failure: Error;
beforeEach(async () => {
  log = '';
  app = fastify({ logger: { stream: { write: (line: string) => void (log += line) } } });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  app.post('/', { schema: { body: { type: 'object', required: ['actions'] } } }, () => {
    throw failure;
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => app.close());

async function post(path = '/', body = '{"actions": []}') {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, { method: 'POST', body, headers });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { title, status, detail, type } = (await response.json()) as Record<string, unknown>;
  expect([type, status]).toEqual(['about:blank', response.status]);
  return { status, title, detail, retryAfter: response.headers.get('retry-after') };
}

it('a problem is sent with its status, its text and the time after which to try again', async () => {
  failure = new Problem(409, 'Conflict', 'Do this.');
  expect(await post()).toEqual({ status: 409, title: 'Conflict', detail: 'Do this.', retryAfter: null });
  failure = tooManyRequests('Later.', 7);
  expect(await post()).toEqual({ status: 429, title: 'Too Many Requests', detail: 'Later.', retryAfter: '7' });
});

it.each([
  ['a body with a wrong format', '{}', 400, "body must have required property 'actions'"],
  ['a malformed body', `{"${SECRET}`, 400, 'The request is malformed.'],
  ['a body that is too large', `"${SECRET.repeat(100_000)}"`, 413, expect.stringContaining('64 kB')],
])('%s gets a text that does not quote the request', async (_what, body, status, detail) => {
  expect(await post('/', body)).toMatchObject({ status, detail });
});

it('an unexpected error is logged by its name, and the client is told to try again, without its message', async () => {
  failure = new TypeError(SECRET);
  const response = await post();
  expect(response).toMatchObject({ status: 503, retryAfter: '10' });
  expect(log).toContain('"error":"TypeError"');
  expect(log + JSON.stringify(response)).not.toContain(SECRET);
});

it('an unknown path is a problem, too', async () => {
  expect(await post('/nothing')).toMatchObject({ status: 404, detail: 'This path does not exist.' });
});
