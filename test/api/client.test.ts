/** Requests that get no complete response, and the encoding of requests, over HTTP. */

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
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
