/** Webhook bodies that arrive slowly, in parts, or too many at a time. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { sign } from '../../wire/signature.ts';
import { createBytesInFlight, SMALL_BODY_BYTES } from '../bytes-in-flight.ts';
import { bodyOf, KEY } from '../harness/sample-delivery.ts';
import { durationOf } from '../harness/shortest-duration.ts';
import { SECOND } from '../harness/durations.ts';
import { openDelivery } from '../harness/opened-deliveries.ts';
import { until } from '../harness/until.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { MIB, startTestServer, storedDeliveries, type TestServer } from './test-server.ts';

const inFlight = createBytesInFlight({ perProcess: 64 * MIB, perChannel: 16 * MIB });
let hookPath: string;
let server: TestServer;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = await startTestServer({ inFlight }, (options) =>
    Promise.resolve(openSqliteStore(':memory:', { ...options, maxChannelBytes: 20 * MIB })),
  );
});
beforeEach(async () => {
  await server.reset();
  await server.register();
  hookPath = await server.hookPath();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await until(() => inFlight.total === 0);
});
afterAll(() => server.app.close());

/** Sends the header of a webhook, and optionally a part of its body. */
function open(header: string, part: string | Buffer = '', signature = 'a'.repeat(64)): Socket {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(`POST ${hookPath} HTTP/1.1\r\nHost: x\r\nWebhook-Signature: ${signature}\r\n${header}\r\n\r\n`);
  socket.write(part);
  return socket;
}

/** Resolves with the first data that a server sends. */
async function response(socket: Socket): Promise<string> {
  const [data] = (await once(socket, 'data', { signal: AbortSignal.timeout(60_000) })) as [Buffer];
  return data.toString();
}

/** Returns the body of the oldest stored delivery. */
async function storedBody(): Promise<Buffer | null> {
  const [delivery] = await storedDeliveries(server);
  return delivery ? Buffer.from((await openDelivery(delivery)).body) : null;
}

const chunk = (body: Buffer | string) => `${body.length.toString(16)}\r\n${body.toString()}\r\n`;
const padded = (length: number) => Buffer.from(bodyOf('A').toString().padEnd(length));
const LARGE = `Content-Length: ${10 * MIB}`;

describe('the body of a webhook', () => {
  it('is stored unchanged, with or without a known length, and in any number of parts', async () => {
    const body = Buffer.from(`${bodyOf('A').toString().slice(0, -1)}, "more": "${'é'.repeat(4_000)}"}`);
    const signature = sign(body, KEY);
    for (const [header, parts] of [
      [`Content-Length: ${body.length}`, [body]],
      [`Content-Length: ${body.length}`, Array.from(body, (byte) => Buffer.from([byte]))],
    ] as const) {
      const socket = open(header, '', signature);
      for (const part of parts) socket.write(part);
      expect(await response(socket)).toMatch(/^HTTP\/1\.1 202 /);
      expect(await storedBody()).toEqual(body);
      await server.reset();
      await server.register();
      hookPath = await server.hookPath();
    }
    const text = body.toString('latin1');
    const socket = open('Transfer-Encoding: chunked', '', signature);
    for (let start = 0; start < text.length; start += 1_000) {
      socket.write(chunk(text.slice(start, start + 1_000)), 'latin1');
    }
    socket.write('0\r\n\r\n');
    expect(await response(socket)).toMatch(/^HTTP\/1\.1 202 /);
    expect(await storedBody()).toEqual(body);
  });

  it.each(['with a known length', 'in chunks'])('is stored if it has exactly 10 MB, %s', async (form) => {
    const body = padded(10 * MIB);
    const isChunked = form === 'in chunks';
    const socket = open(isChunked ? 'Transfer-Encoding: chunked' : LARGE, isChunked ? '' : body, sign(body, KEY));
    if (isChunked) socket.write(`${chunk(body)}0\r\n\r\n`);
    expect(await response(socket)).toMatch(/^HTTP\/1\.1 202 /);
    expect(await server.store.totals()).toMatchObject({ deliveries: 1 });
  });

  it('is refused with 413 as soon as it is known to be larger than 10 MB', async () => {
    expect(await response(open(`Content-Length: ${10 * MIB + 1}`))).toMatch(/^HTTP\/1\.1 413 /);
    expect(await response(open('Transfer-Encoding: chunked', chunk('x'.repeat(10 * MIB + 1))))).toMatch(
      /^HTTP\/1\.1 413 /,
    );
  });
});

describe('the limits on bytes in flight', () => {
  it('refuse a body with 503 while it arrives, and accept it once another request of the channel has ended', async () => {
    const unfinished = open(LARGE, Buffer.alloc(10 * MIB - 1));
    await until(() => inFlight.total === 10 * MIB - 1);
    const refusal = await response(open(LARGE, Buffer.alloc(7 * MIB)));
    expect(refusal).toMatch(/^HTTP\/1\.1 503 /);
    expect(refusal).toMatch(/^retry-after: \d+\r$/im);
    expect(await response(open('Transfer-Encoding: chunked', chunk('x'.repeat(7 * MIB))))).toMatch(/^HTTP\/1\.1 503 /);
    expect(await server.post(padded(SMALL_BODY_BYTES))).toBe(202);
    expect(inFlight.total).toBe(10 * MIB - 1);
    unfinished.destroy();
    await until(() => inFlight.total === 0);
    expect(server.logged()).not.toContain('A request failed unexpectedly.');
    expect(await server.post(padded(10 * MIB))).toBe(202);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/^relay_ingested_total\{result="busy"\} 2$/m);
  });

  it('count only the bytes that have arrived, and end a body that stops arriving', async () => {
    const stalled = [
      open(LARGE, '['),
      open(LARGE, Buffer.alloc(100_000)),
      open('Transfer-Encoding: chunked', chunk('[')),
    ];
    const closed = Promise.all(stalled.map((socket) => once(socket, 'close', { signal: AbortSignal.timeout(60_000) })));
    await until(() => inFlight.total === 100_000);
    expect(await server.post(padded(10 * MIB))).toBe(202);
    expect(await durationOf(() => closed)).toBeGreaterThan(3 * SECOND);
    await until(() => inFlight.total === 0);
  });

  it('ignore bodies for URLs that are not those of a registered channel', async () => {
    await server.reset();
    for (let count = 0; count < 3; count++) expect(await response(open(LARGE))).toMatch(/^HTTP\/1\.1 404 /);
    expect(inFlight.total).toBe(0);
  });

  it('count a body until it is stored', async () => {
    const body = bodyOf('A');
    expect(await server.post(body)).toBe(202);
    await until(() => inFlight.total === 0);
    server.failIngest();
    expect(await server.post(body)).toBe(503);
    await until(() => inFlight.total === 0);
  });
});

describe('the API', () => {
  it('refuses bodies over 64 kB', async () => {
    const { status } = await server.api('POST', '/channel/subscriptions', '[],'.repeat(22_000));
    expect(status).toBe(413);
  });
});
