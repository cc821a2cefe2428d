import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';
import nock from 'nock';

import { app, appTester, PRIVATE_KEY, triggerOf } from './helpers.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };
const test = () => appTester(app.authentication?.test, bundle);
const performList = (key: string) => appTester(triggerOf(key).definition.operation.performList, bundle, true);

async function errorOf(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(() => null).catch((error: unknown) => error);
  if (error instanceof Error) return error;
  throw new Error('Nothing was thrown.');
}

/** The sentence that a person reads, out of the JSON that core makes of it. */
async function sentenceOf(call: Promise<unknown>): Promise<string> {
  const { message } = await errorOf(call);
  return (JSON.parse(message) as { message: string }).message;
}

const PERSONAL = { detail: 'Not for Leo Raman.', non_field_errors: ['Leo Raman'], 'leo raman': ['x'] };

describe("TutorCruncher's answers become sentences", () => {
  it.each<[status: number, body: object | string, sentence: RegExp]>([
    [401, PERSONAL, /does not accept this private key.*Settings > API.*reconnect/],
    [403, PERSONAL, /does not accept this private key.*Settings > API.*reconnect/],
    [404, PERSONAL, /could not find what this step asked for\. Refresh the fields/],
    [
      400,
      { labels: ['Leo Raman is no label.'], service_recipient: ['x'] },
      /what was chosen for: Labels, Student\. Choose again/,
    ],
    [400, PERSONAL, /what was chosen in this step\. Choose again/],
    [400, '<html>Leo Raman</html>', /what was chosen in this step\. Choose again/],
    [500, '<html>Leo Raman</html>', /a problem of its own.*500.*Try again in a few minutes/],
    [502, PERSONAL, /a problem of its own.*502.*Try again/],
    [302, '', /unexpected answer \(HTTP status 302\)/],
    [418, PERSONAL, /unexpected answer \(HTTP status 418\)/],
    [200, '<html>Leo Raman</html>', /a page instead of data.*Try again/],
    [200, [1, 2], /holds no branch.*Try again/],
  ])('%d %j', async (status, body, sentence) => {
    tutorCruncherApi().get('/api/branch/').reply(status, body, { Location: 'https://example.com/' });
    const message = await sentenceOf(test());
    expect(message).toMatch(sentence);
    expect(message).not.toMatch(/leo|raman/i);
    expect(message).not.toContain(PRIVATE_KEY);
  });

  it('in lists, too', async () => {
    tutorCruncherApi().get('/api/clients/').reply(404, PERSONAL);
    expect(await sentenceOf(performList('client_created'))).toMatch(/could not find/);
    tutorCruncherApi().get('/api/clients/').reply(200, { detail: 'Leo Raman' });
    expect(await sentenceOf(performList('client_created'))).toMatch(/holds no list/);
    tutorCruncherApi()
      .get('/api/clients/')
      .reply(200, { results: [{ id: 1 }] });
    tutorCruncherApi().get('/api/clients/1/').reply(500, PERSONAL);
    expect(await sentenceOf(performList('client_created'))).toMatch(/a problem of its own/);
  });

  /** Asks a server on this machine for the branch. */
  async function askingAt(port: number): Promise<string> {
    nock.enableNetConnect('127.0.0.1');
    process.env.TUTORCRUNCHER_URL = `http://127.0.0.1:${port}`;
    try {
      return await sentenceOf(test());
    } finally {
      delete process.env.TUTORCRUNCHER_URL;
      nock.disableNetConnect();
    }
  }

  async function serving(listener: RequestListener) {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, port: (server.address() as AddressInfo).port };
  }

  it('when it does not answer in time', async () => {
    const { server, port } = await serving(() => undefined);
    expect(await askingAt(port)).toBe('TutorCruncher did not answer within 8 seconds. Try again in a few minutes.');
    server.closeAllConnections();
    server.close();
  });

  it('when it begins an answer that never ends', async () => {
    const { server, port } = await serving((_request, response) => response.write('{'));
    expect(await askingAt(port)).toBe('TutorCruncher did not answer within 8 seconds. Try again in a few minutes.');
    server.closeAllConnections();
    server.close();
  });

  it('when it cannot be reached', async () => {
    const { server, port } = await serving(() => undefined);
    server.close();
    expect(await askingAt(port)).toBe('TutorCruncher could not be reached. Try again in a few minutes.');
  });

  it('but for 429, after which core waits and tries again', async () => {
    tutorCruncherApi().get('/api/branch/').reply(429, { detail: 'Request was throttled.' }, { 'Retry-After': '7' });
    const error = await errorOf(test());
    expect(error.name).toBe('ThrottledError');
    expect(JSON.parse(error.message)).toMatchObject({ delay: 7 });
  });
});
