/** Large responses that clients do not read, from a server that has only one route. */

import { connect, type Socket } from 'node:net';

import { afterEach, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';

import { CONSOLE_EVENTS_PATH } from '../../../wire/console-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { durationOf } from '../../harness/shortest-duration.ts';
import { until } from '../../harness/until.ts';
import { limitLargeResponses } from '../../http/large-responses.ts';
import { handleError } from '../../http/problem.ts';
import type { BytesInFlight } from '../../intake/bytes-in-flight.ts';
import { startTestServer } from '../support/test-server.ts';

/** A page of the event list. Five pages of this size fit into the limit of a channel. */
const PAGE = 'x'.repeat(2 * 1024 * 1024);

let app: FastifyInstance;
let url: string;
let inFlight: BytesInFlight;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

async function start(milliseconds?: number): Promise<void> {
  app = fastify();
  app.setErrorHandler(handleError);
  app.decorateRequest('channel', '');
  app.addHook<{ Params: { channel: string } }>('onRequest', (request, _reply, next) => {
    request.channel = request.params.channel;
    next();
  });
  inFlight = limitLargeResponses(app, milliseconds);
  app.get('/:channel', () => PAGE);
  app.get('/:channel/small', () => 'x');
  url = await app.listen({ port: 0, host: '127.0.0.1' });
}

/** Requests a page without reading the response. Resolves when the server has sent the whole response. */
async function stall(channel: string): Promise<Socket> {
  const { total } = inFlight;
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  sockets.push(socket);
  socket.on('error', () => undefined).pause();
  socket.write(`GET /${channel} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await until(() => inFlight.total > total);
  return socket;
}
const statusOf = async (channel: string) => {
  const response = await fetch(`${url}/${channel}`);
  await response.arrayBuffer();
  return [response.status, response.headers.get('connection')];
};

it('unread responses of a channel use up its limit until their connections are closed, and no limit of another channel', async () => {
  await start();
  for (let count = 0; count < 5; count++) await stall('a');
  expect([await statusOf('a'), await statusOf('b')]).toEqual([
    [503, 'keep-alive'],
    [200, 'close'],
  ]);
  expect(await statusOf('a/small')).toEqual([200, 'keep-alive']);
  sockets[0]?.destroy();
  await until(() => inFlight.total === 4 * PAGE.length);
  expect(await statusOf('a')).toEqual([200, 'close']);
  for (const socket of sockets) socket.destroy();
  await until(() => inFlight.total === 0);
});

it('the unread responses of seven channels give way to a channel that holds less', async () => {
  await start();
  for (const channel of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    for (let count = 0; count < 5; count++) await stall(channel);
  expect(await statusOf('h')).toEqual([200, 'close']);
  await until(() => inFlight.total === 34 * PAGE.length);
});

it('a response that is not read is given up after a time, and its memory freed', async () => {
  await start(SECOND / 2);
  await stall('a');
  expect(await durationOf(() => until(() => inFlight.total === 0))).toBeLessThan(20 * SECOND);
});

it('the console sends a large response as the last on its connection, which shows when the client has taken it', async () => {
  const bed = await startTestServer();
  await bed.renew();
  const connection = async () => (await bed.get(`${CONSOLE_EVENTS_PATH}?limit=500`)).headers.get('connection');
  await bed.ingest('A', 1, () => Buffer.alloc(15_000));
  expect(await connection()).toBe('keep-alive');
  await bed.renew();
  await bed.ingest('A', 10, () => Buffer.alloc(15_000));
  expect(await connection()).toBe('close');
  await bed.close();
});
