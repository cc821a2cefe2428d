import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from '@jest/globals';

import { createHookServer, type Receiver } from '../../local/hook-server.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Starts a server. Returns a function that requests a path. */
async function started(receiver: Receiver) {
  server = createHookServer(receiver);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return (path: string, init: RequestInit = { method: 'POST', body: '{"a": 1}' }) =>
    fetch(`http://127.0.0.1:${port}${path}`, init);
}

it('passes a delivery with its bytes and headers on, and responds with the status', async () => {
  const received: unknown[] = [];
  const request = await started({
    receive: (name, { body, headers }) => {
      received.push([name, Buffer.from(body).toString(), headers['webhook-signature']]);
      return 410;
    },
  });
  const headers = { 'Webhook-Signature': '0a' };
  const response = await request('/hooks/note_added', { method: 'POST', body: '{"a":  1}', headers });
  expect(response.status).toBe(410);
  expect(received).toEqual([['note_added', '{"a":  1}', '0a']]);
});

it('passes a delivery of `npm start -- send` on with its choices, and responds with the result', async () => {
  const sent: unknown[] = [];
  const request = await started({
    receive: () => 500,
    send: (name, { body }, choices) => {
      sent.push([name, Buffer.from(body).toString(), choices]);
      return Promise.resolve({ records: 1 });
    },
  });
  const response = await request('/send/note_added?choice=label%3D21&choice=b%3Dc');
  expect([response.status, await response.json()]).toEqual([200, { records: 1 }]);
  expect(sent).toEqual([['note_added', '{"a": 1}', ['label=21', 'b=c']]]);
});

it.each([
  ['GET', '/hooks/note_added'],
  ['POST', '/hooks/note_added/more'],
  ['POST', '/other/note_added'],
  ['POST', '/send/note_added'],
])('responds with 404 to %s %s', async (method, path) => {
  const request = await started({ receive: () => 200 });
  expect((await request(path, { method })).status).toBe(404);
});

it('closes the connection if the delivery cannot be sent', async () => {
  const request = await started({ receive: () => 200, send: () => Promise.reject(new Error('no relay')) });
  await expect(request('/send/note_added')).rejects.toThrow('fetch failed');
});
