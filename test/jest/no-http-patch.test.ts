import http from 'node:http';
import https from 'node:https';

import { expect, it } from '@jest/globals';

import app from '../../index.ts';
import { createAppTester } from '../support/app-tester.ts';

it('the functions that send requests are those of Node.js after a run of the app', async () => {
  const before = [http.request, https.request];
  const method = () => 'the result';
  expect(await createAppTester({ ...app, creates: {}, searches: {}, triggers: {} })(method, {})).toBe('the result');
  expect([http.request, https.request]).toEqual(before);
});
