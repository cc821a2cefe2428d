/** `sendRead`, the only function of `npm run check:account` that sends requests, sends only reads. */

import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { sendRead } from '../../account-check/send-read.ts';

describe('a request', () => {
  const tutorCruncher = 'https://app.tutorcruncher.com';
  const relay = 'https://relay.example.com';
  const allowed = { tutorCruncher, relay };

  it.each([
    ['POST', tutorCruncher],
    ['PUT', tutorCruncher],
    ['PATCH', tutorCruncher],
    ['DELETE', tutorCruncher],
    ['HEAD', tutorCruncher],
    ['get', tutorCruncher],
    ['OPTIONS', relay],
    ['PUT', relay],
    ['GET', 'https://app.tutorcruncher.com.example.com'],
    ['GET', 'http://app.tutorcruncher.com'],
  ])('%s to %s is refused before anything is sent', async (method, origin) => {
    const request = { method, url: `${origin}/api/clients/`, headers: {} };
    await expect(sendRead(request, allowed)).rejects.toThrow(`The check sends no ${method} request to ${origin}.`);
  });

  it('is sent in one file only', () => {
    const senders = globSync('account-check/*.ts').filter((path) =>
      /\bfetch\(|node:https?'|undici|z\.request/.test(readFileSync(path, 'utf8')),
    );
    expect(senders).toEqual(['account-check/send-read.ts']);
  });

  it('follows no redirect', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(302, { Location: 'https://example.com/' }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const request = { method: 'GET', url: `${origin}/`, headers: {} };
    const answer = await sendRead(request, { tutorCruncher: origin, relay: null });
    expect([answer.status, answer.data]).toEqual([302, undefined]);
    server.close();
  });
});
