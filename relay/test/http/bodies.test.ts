/** Bodies that arrive slowly, in parts, or too many at a time, and the limits on connections. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { sign } from '../../../wire/signature.ts';
import { createBytesInFlight, SMALL_BODY_BYTES } from '../../intake/bytes-in-flight.ts';
import { SECOND } from '../../harness/durations.ts';
import { openDelivery } from '../../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, KEY, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { durationOf } from '../../harness/shortest-duration.ts';
import { until } from '../../harness/until.ts';
import { closeConnections, headOf, openConnection } from '../support/raw-connection.ts';
import { MIB, OTHER_PART, startTestServer } from '../support/test-server.ts';

const inFlight = createBytesInFlight({ perProcess: 64 * MIB, perChannel: 16 * MIB });
const server = await startTestServer({ inFlight }, 20 * MIB);
let hookPath: string;

async function renew(): Promise<void> {
  await server.renew();
  hookPath = await server.hookPath();
}
beforeEach(renew);
afterEach(async () => {
  closeConnections();
  await until(() => inFlight.total === 0);
});
afterAll(() => server.close());

/** Sends the header of a webhook, and optionally parts of its body. */
const open = (header: string, ...parts: readonly (string | Buffer)[]) =>
  openConnection(server.url, headOf(hookPath, header), ...parts);
const chunk = (body: Buffer | string) => `${body.length.toString(16)}\r\n${body.toString()}\r\n`;
const padded = (length: number) => Buffer.from(bodyOf('A').toString().padEnd(length));
const CHUNKED = 'Transfer-Encoding: chunked';
const LARGE = `Content-Length: ${10 * MIB}`;

describe('the body of a webhook', () => {
  it('is stored unchanged, with or without a known length, and in any number of parts', async () => {
    const body = Buffer.from(`${bodyOf('A').toString().slice(0, -1)}, "more": "${'é'.repeat(4_000)}"}`);
    const length = `Content-Length: ${body.length}`;
    const chunks = body.toString('latin1').match(/[^]{1,1000}/g) ?? [];
    for (const [header, parts] of [
      [length, [body]],
      [length, Array.from(body, (byte) => Buffer.from([byte]))],
      [CHUNKED, [Buffer.from(`${Array.from(body.toString('latin1'), chunk).join('')}0\r\n\r\n`, 'latin1')]],
      [CHUNKED, [...chunks.map((text) => Buffer.from(chunk(text), 'latin1')), Buffer.from('0\r\n\r\n')]],
    ] as const) {
      await renew();
      const sent = openConnection(server.url, headOf(hookPath, header, sign(body, KEY)), ...parts);
      expect(await sent.status()).toBe('202');
      const [delivery] = await server.stored();
      expect(delivery && Buffer.from((await openDelivery(delivery)).body)).toEqual(body);
    }
  });

  it.each([
    ['with a known length', (length: number) => `Content-Length: ${length}`, (body: Buffer) => body],
    ['in chunks', () => CHUNKED, (body: Buffer) => `${chunk(body)}0\r\n\r\n`],
  ])(
    'is stored if it has exactly 10 MB, and refused with 413 if it is larger, %s',
    async (_form, headerFor, contentOf) => {
      const statusOf = (length: number) => open(headerFor(length), contentOf(padded(length))).status();
      expect([await statusOf(10 * MIB), await statusOf(10 * MIB + 1)]).toEqual(['202', '413']);
      expect(await server.store.totals()).toMatchObject({ deliveries: 1 });
    },
  );
});

describe('the limits on bytes in flight', () => {
  it('refuse a body with 503 while it arrives, and accept it once another request of the channel has ended', async () => {
    const unfinished = open(LARGE, Buffer.alloc(10 * MIB - 1));
    await until(() => inFlight.total === 10 * MIB - 1);
    const refused = open(LARGE, Buffer.alloc(7 * MIB));
    expect(await refused.status()).toBe('503');
    expect(refused.received()).toMatch(/^retry-after: \d+\r$/im);
    expect(await open(CHUNKED, chunk('x'.repeat(7 * MIB))).status()).toBe('503');
    expect(await server.post(padded(SMALL_BODY_BYTES))).toBe(202);
    expect(inFlight.total).toBe(10 * MIB - 1);
    unfinished.socket.destroy();
    await until(() => inFlight.total === 0);
    expect(server.logged()).not.toContain('A request failed unexpectedly.');
    expect(await server.post(padded(10 * MIB))).toBe(202);
    expect(await server.metrics()).toMatch(/^relay_ingested_total\{result="busy"\} 2$/m);
  });

  it('close the connection of a body that arrives slowly when another channel needs its bytes', async () => {
    const others = ['a', 'b', 'c'].map((channel) => inFlight.open(channel));
    for (const other of others) other.growTo(16 * MIB);
    const slow = open(LARGE, Buffer.alloc(10 * MIB - 1));
    await until(() => inFlight.total > 57 * MIB);
    const needed = inFlight.open('d');
    expect(needed.growTo(7 * MIB)).toBe(true);
    await slow.closed;
    for (const reservation of [...others, needed]) reservation.end();
    expect(await server.post(padded(10 * MIB))).toBe(202);
  });

  it('count only the bytes that have arrived, and end a body that stops arriving', async () => {
    const stalled = [open(LARGE, '['), open(LARGE, Buffer.alloc(100_000)), open(CHUNKED, chunk('['))];
    // The duration begins before other work, which takes seconds on a busy machine.
    const ended = Promise.all(stalled.map(({ closed }) => durationOf(() => closed)));
    await until(() => inFlight.total === 100_000);
    expect(await server.post(padded(10 * MIB))).toBe(202);
    expect(Math.min(...(await ended))).toBeGreaterThan(4.9 * SECOND);
  });
});

describe('a request that is refused before its body has arrived', () => {
  /**
   * Paths and headers of requests that are refused by routes and by fastify. Node.js would refuse an unknown
   * expectation.
   */
  const REFUSED: readonly [path: string, expect: string, status: string][] = [
    [`/hooks/${OTHER_CHANNEL}/${OTHER_PART}`, '', '404'],
    ['/hooks/nobody', '', '404'],
    ['/nothing', '', '404'],
    ['/channel/links', '', '401'],
    ['/hooks/%zz', '', '400'],
    ['/hooks/nobody', 'a favour', '404'],
    ['/hooks/nobody', '100-continue', '404'],
  ];
  const headOfRefused = (path: string, expectation: string, header: string) =>
    headOf(path, expectation === '' ? header : `Expect: ${expectation}\r\n${header}`);
  const nextConnection = async () => (await (once(server.app.server, 'connection') as Promise<[Socket]>))[0];

  it('has its body read for a second and up to about 256 kB, and its connection closed', async () => {
    const refusals = [];
    for (const [path, expectation, status] of REFUSED) {
      const accepted = nextConnection();
      const client = openConnection(server.url, headOfRefused(path, expectation, LARGE), Buffer.alloc(10 * MIB));
      const ended = durationOf(() => client.closed);
      refusals.push({ ...client, status, ended, connection: await accepted });
    }
    for (const { ended, statuses, status, received, connection } of refusals) {
      expect(await ended).toBeGreaterThan(0.9 * SECOND);
      expect(statuses.filter((sent) => sent !== '100')).toEqual([status]);
      expect(received()).toMatch(/^connection: close\r$/im);
      expect(connection.bytesRead).toBeLessThan(MIB);
    }
  });

  it.each(REFUSED)('still has its body read after the response: %s %s', async (path, expectation) => {
    const accepted = nextConnection();
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true });
    socket.resume().write(headOfRefused(path, expectation, 'Content-Length: 100000'));
    const connection = await accepted;
    // The server ends the connection, but does not reset it while a proxy is sending the body.
    await once(socket, 'end');
    socket.end(Buffer.alloc(100_000));
    await Promise.all([once(socket, 'close'), once(connection, 'close')]);
    expect([socket.errored, connection.bytesRead > 100_000]).toEqual([null, true]);
  });

  it.each(REFUSED)('is the last to be handled on its connection: %s %s', async (path, expectation) => {
    const body = bodyOf('A');
    const next = `${headOf(hookPath, `Content-Length: ${body.length}`)}${body.toString()}`;
    const head = headOfRefused(path, expectation, 'Content-Length: 4');
    await openConnection(server.url, head, `body${next}${next}`).closed;
    await openConnection(server.url, `${head}body${next}${next}`).closed;
    expect(await server.post(bodyOf('B'))).toBe(202);
    expect(await server.stored()).toHaveLength(1);
  });

  it('keeps its connection if it has no body, or if the body has arrived', async () => {
    const { socket, status } = openConnection(server.url, headOf('/nothing', 'Content-Length: 0'));
    expect(await status()).toBe('404');
    socket.write(headOf('/nothing', 'X-Nothing: x'));
    expect(await status(1)).toBe('404');
    socket.write(`${headOf(hookPath, 'Content-Length: 2')}[]`);
    expect(await status(2)).toBe('202');
    await server.store.deleteChannel(CHANNEL);
    // The response is sent when the body has been read.
    socket.write(`${headOf(hookPath, 'Content-Length: 2')}[]`);
    expect(await status(3)).toBe('404');
    socket.write(headOf('/nothing', 'Content-Length: 0'));
    expect(await status(4)).toBe('404');
  });
});

describe('connections', () => {
  const post = (length: number) => `${headOf(hookPath, `Content-Length: ${length}`)}${'['.padEnd(length)}`;
  const untilConnected = async (to: typeof server, count: number) => {
    const getConnections = promisify(to.app.server.getConnections.bind(to.app.server));
    await until(async () => (await getConnections()) === count);
  };

  it('carry one request at a time', async () => {
    const { statuses, closed } = openConnection(server.url, post(10) + post(11));
    await closed;
    expect(statuses).toEqual([]);
    expect(await server.post(Buffer.from('[ ]'))).toBe(202);
  });

  it('end with the response to a request that is in progress when the server is stopped', async () => {
    const stopped = await startTestServer();
    await stopped.register();
    const started = once(stopped.app.server, 'request');
    const head = headOf(await stopped.hookPath(), 'Content-Length: 2');
    const { socket, status, received } = openConnection(stopped.url, `${head}[`);
    await started;
    const closing = stopped.close();
    socket.write(']');
    expect(await status()).toBe('202');
    // With this header, Node.js closes the connection after the response, long before the relay gives up.
    expect(received()).toMatch(/^connection: close\r$/im);
    await closing;
  });

  it('end 2 seconds after the server is stopped, although a body, a header and a first request do not arrive', async () => {
    const stopped = await startTestServer();
    await stopped.register();
    stopped.app.server.closeAllConnections();
    await untilConnected(stopped, 0);
    const head = headOf(await stopped.hookPath(), 'Content-Length: 5000');
    const unfinished = [`${head}[`, 'POST /hooks', ''].map((text) => openConnection(stopped.url, text));
    await untilConnected(stopped, 3);
    const milliseconds = await durationOf(() => stopped.close());
    expect(milliseconds).toBeGreaterThan(1.9 * SECOND);
    // Node.js itself closes connections without a complete header after 10 seconds.
    expect(milliseconds).toBeLessThan(9 * SECOND);
    await Promise.all(unfinished.map(({ closed }) => closed));
  });
});
