/** The stand-in for TutorCruncher's API, over HTTP. */

import { expect, it } from '@jest/globals';

import { CHALLENGE_PAGE } from '../../../local/api/behaviour.ts';
import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();

const request = (init: RequestInit = {}) =>
  fetch(`${tutorCruncher.now.origin}/api/clients/`, {
    headers: { Authorization: `token ${PRIVATE_KEY}` },
    ...init,
  });

it('refuses another private key, and keeps only requests with an accepted key', async () => {
  const headers = { Authorization: 'token another' };
  expect([(await request({ headers })).status, (await request()).status]).toEqual([401, 200]);
  expect(tutorCruncher.now.requests).toEqual([{ method: 'GET', path: '/api/clients/', body: null }]);
});

it.each(['{"last_name"', '[1]', '"text"'])('refuses a body that is no JSON object: %s', async (body) => {
  const response = await request({ method: 'POST', body });
  expect([response.status, await response.json()]).toEqual([400, { detail: 'JSON parse error.' }]);
});

it('sends the page of a challenge instead of an answer', async () => {
  tutorCruncher.now.behaviour.challengeStatus = 503;
  const response = await request();
  expect([response.status, response.headers.get('content-type')]).toEqual([503, 'text/html']);
  expect(await response.text()).toBe(CHALLENGE_PAGE);
});

it('resets one connection after a number of requests', async () => {
  tutorCruncher.now.behaviour.resetsAfter = 1;
  await request();
  await expect(request()).rejects.toThrow('fetch failed');
  expect((await request()).status).toBe(200);
});

it('a test can replace requests and responses', async () => {
  const { behaviour } = tutorCruncher.now;
  behaviour.alter = (_request, [status]) => [status, { altered: true }];
  expect(await (await request()).json()).toEqual({ altered: true });
  behaviour.intercept = ({ path }) => [429, { path }];
  const response = await request();
  expect([response.status, await response.json()]).toEqual([429, { path: '/api/clients/' }]);
});
