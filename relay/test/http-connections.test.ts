/** Limits on connections: refused bodies, kept and pipelined connections, and the end of the server. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SECOND } from '../harness/durations.ts';
import { OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { durationOf } from '../harness/shortest-duration.ts';
import { until } from '../harness/until.ts';
import { MIB, OTHER_PART, startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let hookPath: string;
const sockets: Socket[] = [];

beforeEach(async () => {
  server = await startTestServer();
  await server.register();
  hookPath = await server.hookPath();
  server.app.server.closeAllConnections();
  await untilConnected(0);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

/** Opens a connection, sends a text, and collects the statuses of the responses. */
function open(text: string): {
  readonly socket: Socket;
  readonly statuses: string[];
  readonly closed: Promise<unknown>;
} {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('utf8');
  sockets.push(socket);
  const statuses: string[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (data: string) => statuses.push(...(data.match(/(?<=^HTTP\/1\.1 )\d+/gm) ?? [])));
  socket.write(text);
  return { socket, statuses, closed: new Promise((resolve) => socket.once('close', resolve)) };
}

/** Waits until the server has a number of connections. */
async function untilConnected(count: number): Promise<void> {
  const getConnections = promisify(server.app.server.getConnections.bind(server.app.server));
  await until(async () => (await getConnections()) === count);
}

/** Returns the header of a POST request, and a body if it is short. */
function post(path: string, length: number): string {
  const headers = ['Host: x', `Webhook-Signature: ${'a'.repeat(64)}`, `Content-Length: ${length}`];
  return `POST ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${length < 1_000 ? '['.padEnd(length) : ''}`;
}

describe('the body of a refused request', () => {
  it.each([
    ['an unknown channel', `/hooks/${OTHER_CHANNEL}/${OTHER_PART}`, '404'],
    ['an invalid channel', '/hooks/nobody', '404'],
    ['no route', '/nothing', '404'],
    ['the API', '/channel/links', '415'],
  ])('is read for a second and up to about 256 kB, to %s', async (_, path, status) => {
    const accepted = once(server.app.server, 'connection') as Promise<[Socket]>;
    const { socket, statuses, closed } = open(post(path, 10 * MIB));
    const [connection] = await accepted;
    socket.write(Buffer.alloc(10 * MIB));
    const milliseconds = await durationOf(() => closed);
    expect(statuses).toEqual([status]);
    expect(connection.bytesRead).toBeLessThan(MIB);
    expect(milliseconds).toBeGreaterThan(0.8 * SECOND);
  });

  it('does not end the connection if it is short', async () => {
    const { socket, statuses } = open(post('/nothing', 100_000));
    await until(() => statuses.length === 1);
    socket.write(Buffer.alloc(100_000));
    socket.write(post(hookPath, 10));
    await until(() => statuses.length === 2);
    expect(statuses).toEqual(['404', '202']);
  });
});

describe('connections', () => {
  it('are limited to 500, and idle ones make way for others', async () => {
    expect(server.app.server.maxConnections).toBe(500);
    server.app.server.maxConnections = 2;
    const idle = [open(post(hookPath, 10)), open(post(hookPath, 11))];
    await until(() => idle.every(({ statuses }) => statuses[0] === '202'));
    await open(post(hookPath, 12)).closed;
    await Promise.all(idle.map(({ closed }) => closed));
    const next = open(post(hookPath, 12));
    await until(() => next.statuses[0] === '202');
  });

  it('carry one request at a time', async () => {
    const { statuses, closed } = open(post(hookPath, 10) + post(hookPath, 11));
    await closed;
    expect(statuses).toEqual([]);
    expect(await server.post(Buffer.from('[ ]'))).toBe(202);
  });
});

it('stops after 2 seconds although a body, a header and a first request do not arrive', async () => {
  const unfinished = [open(`${post(hookPath, 5_000)}[`), open('POST /hooks'), open('')];
  await untilConnected(3);
  const milliseconds = await durationOf(() => server.app.close());
  expect(milliseconds).toBeGreaterThan(1.9 * SECOND);
  expect(milliseconds).toBeLessThan(6 * SECOND);
  await Promise.all(unfinished.map(({ closed }) => closed));
});
