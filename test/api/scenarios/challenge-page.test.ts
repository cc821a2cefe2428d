/** Requests to which Cloudflare, in front of TutorCruncher, responds with a page that only a browser can pass. */

import { expect, it } from '@jest/globals';

import app from '../../../index.ts';
import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { appTester } from '../../support/app-tester.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const bundle = { authData: { private_key: PRIVATE_KEY, connection_name: '' }, inputData: {} };

it.each<[step: string, run: () => Promise<unknown>]>([
  ['a search', () => find('find_client', { email: 'priya.raman@example.com' })],
  ['an action', () => act('update_client', { client: '301', town: 'Wells' })],
  ['the connection test', () => appTester(app.authentication?.test, bundle)],
])('%s reports a challenge as a problem of the moment, and not of the private key', async (_step, run) => {
  for (const status of [403, 503] as const) {
    tutorCruncher.now.behaviour.challengeStatus = status;
    const message = await failureOf(run());
    expect(message).toMatch(/Try again in a few minutes|Replaying this run /);
    expect(message).toContain(String(status));
    expect(message).not.toMatch(/reconnect|rejected|Just a moment|<html/i);
  }
});
