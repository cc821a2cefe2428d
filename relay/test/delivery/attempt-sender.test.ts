import { randomBytes } from 'node:crypto';
import * as dns from 'node:dns/promises';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { envelopeText } from '../../../wire/sealing/envelope-text.ts';
import type { AttemptSender } from '../../delivery/attempt-sender.ts';
import { startTargetServer, type TargetServer } from '../../harness/target-server.ts';
import { previousDelivery, storedDelivery } from '../support/stored-delivery.ts';

const lookup = jest.fn<(host: string, options: { all: true }) => Promise<unknown>>(dns.lookup);
jest.unstable_mockModule('node:dns/promises', () => ({ lookup }));
const { createAttemptSender } = await import('../../delivery/attempt-sender.ts');

const LARGE = randomBytes(3_000_000);
const delivery = storedDelivery();
let respond: (response: ServerResponse) => void;
const server = await startTargetServer((response) => {
  respond(response);
});
const sender = createAttemptSender([server.origin]);
const senders = [sender];

beforeEach(() => {
  server.received.length = 0;
  respond = (response) => response.end('x'.repeat(1000));
});
afterAll(async () => {
  for (const { close } of senders) await close();
  server.close();
});

const url = `${server.origin}/hooks/x`;
const send = (by = sender) => by.send(url, delivery);

/** Creates another sender, by default for targets on the server. */
function senderWith(...[origins, ...options]: Partial<Parameters<typeof createAttemptSender>>): AttemptSender {
  const created = createAttemptSender(origins ?? [server.origin], ...options);
  senders.push(created);
  return created;
}

describe('an attempt', () => {
  it.each([
    ['a delivery', delivery],
    ['a delivery and its previous delivery', storedDelivery({ previous: previousDelivery() })],
    ['megabytes', storedDelivery({ sealed: LARGE, actions: ['Ä'], previous: previousDelivery({ sealed: LARGE }) })],
  ])('sends the envelope of %s and the id, to several targets at the same time', async (_what, sent) => {
    const results = await Promise.all(['a', 'b', 'c'].map((path) => sender.send(`${server.origin}/${path}`, sent)));
    expect(results).toEqual(results.map(() => ({ type: 'delivered' })));
    expect(server.received).toHaveLength(3);
    for (const { body, headers } of server.received) {
      expect(body.toString() === envelopeText(sent)).toBe(true);
      expect(headers).toMatchObject({
        'relay-delivery-id': sent.id,
        'content-type': 'application/json',
        'content-length': String(body.length),
        'user-agent': 'tutorcruncher-zapier-relay',
      });
    }
  });

  it.each<[status: number, headers: Record<string, string | string[]>, expected: object]>([
    [204, {}, { type: 'delivered' }],
    [410, {}, { type: 'gone' }],
    [403, {}, { type: 'failed', reason: 'HTTP 403', retryAfterMs: null }],
    [404, {}, { type: 'refused', reason: 'HTTP 404' }],
    [429, { 'retry-after': '7' }, { type: 'failed', reason: 'HTTP 429', retryAfterMs: 7000 }],
    [503, { 'retry-after': ['7', '9'] }, { type: 'failed', reason: 'HTTP 503', retryAfterMs: 7000 }],
    [500, { 'retry-after': '7' }, { type: 'failed', reason: 'HTTP 500', retryAfterMs: null }],
    [307, { location: '/elsewhere' }, { type: 'failed', reason: 'HTTP 307', retryAfterMs: null }],
  ])(
    'is one request, and has the expected result for status %d with the headers %j',
    async (code, headers, expected) => {
      respond = (response) => response.writeHead(code, headers).end();
      expect(await send()).toEqual(expected);
      expect(server.received.map((received) => received.url)).toEqual(['/hooks/x']);
    },
  );

  it('does not wait for the end of an endless response body', async () => {
    respond = (response) => {
      const write = () => {
        if (!response.destroyed && response.write('x'.repeat(65_536))) setImmediate(write);
        else response.once('drain', write);
      };
      write();
    };
    expect(await send()).toEqual({ type: 'delivered' });
  });

  it.each<[name: string, status: number, body: string | Buffer, kept: string | null]>([
    ['the text of a failure', 503, '<b>Try later</b>\n', '<b>Try later</b>'],
    ['the text of a refusal', 400, '{"error": "Zoë"}', '{"error": "Zoë"}'],
    ['the first 500 characters', 500, `${'é'.repeat(499)}👍👍`, `${'é'.repeat(499)}👍`],
    ['the first 500 characters of 4 bytes', 500, '👍'.repeat(501), '👍'.repeat(500)],
    ['tabs and line breaks', 500, 'a\tb\r\nc', 'a\tb\r\nc'],
    ['text whose kept bytes end within a character', 500, `a${'€'.repeat(3000)}`, `a${'€'.repeat(499)}`],
    ['the beginning of a body that is larger than 64 kB', 500, 'x'.repeat(3_000_000), 'x'.repeat(500)],
    ['no empty text', 500, ' \n', null],
    ['nothing binary', 500, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d]), null],
    ['nothing that is only partly text', 500, Buffer.from([0x61, 0xff, 0x61]), null],
    ['no control characters', 500, 'a\u001b[2Jb', null],
    ['nothing of a success', 200, 'done', null],
    ['nothing of the response of a Zap that is off', 410, 'gone', null],
  ])('keeps this part of the response, sealed: %s', async (_name, code, body, kept) => {
    respond = (response) => response.writeHead(code).end(body);
    const sealing = senderWith(undefined, ({ id }, text) => Promise.resolve(Buffer.from(`${id} ${text}`)));
    const { response, ...result } = { response: undefined, ...(await send(sealing)) };
    expect(response && Buffer.from(response).toString()).toBe(kept === null ? undefined : `${delivery.id} ${kept}`);
    expect(result).toMatchObject({ type: expect.any(String) });
    expect(JSON.stringify(result)).not.toMatch(/Try|Zoë|xxx|done/);
  });

  it('ends at the time limit of the headers or of the whole attempt, and succeeds if the status arrived in time', async () => {
    const impatient = senderWith(undefined, undefined, 200, 10_000);
    const late = senderWith(undefined, undefined, 1_000_000, 200);
    respond = (response) => response.writeHead(200).write('x');
    for (const by of [impatient, late]) expect(await send(by)).toEqual({ type: 'delivered' });
    respond = () => undefined;
    expect(await send(impatient)).toMatchObject({ type: 'failed', reason: 'UND_ERR_HEADERS_TIMEOUT' });
    let closed: Promise<unknown> | undefined;
    respond = (response) => {
      closed = once(response, 'close');
    };
    expect(await send(late)).toMatchObject({ type: 'failed', reason: 'ATTEMPT_TIMEOUT' });
    // The aborted request closes its connection.
    await closed;
  });

  it('sends no request if it ends while it waits for a connection', async () => {
    const origin = `http://localhost:${new URL(server.origin).port}`;
    const late = senderWith([origin], undefined, 10_000, 50);
    const held = Promise.withResolvers<object[]>();
    lookup.mockReturnValueOnce(held.promise);
    const failure = { type: 'failed', reason: 'ATTEMPT_TIMEOUT', retryAfterMs: null };
    expect(await late.send(`${origin}/late`, delivery)).toEqual(failure);
    const connected = once(server.server, 'connection');
    held.resolve([{ address: '127.0.0.1', family: 4 }]);
    await connected;
    expect(await senderWith([origin]).send(`${origin}/x`, delivery)).toEqual({ type: 'delivered' });
    expect(server.received.map(({ url }) => url)).toEqual(['/x']);
  });

  it('fails if the connection ends after an interim response', async () => {
    respond = (response) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' }, () => response.destroy());
    };
    expect(await send()).toEqual({ type: 'failed', reason: 'UND_ERR_SOCKET', retryAfterMs: null });
  });

  it.each([
    [64 * 1024, 1],
    [64 * 1024 + 1, 2],
  ])('with a response body of %d bytes is followed by an attempt, over %d connection(s)', async (length, expected) => {
    respond = (response) => response.end('x'.repeat(length));
    const other = senderWith();
    let connections = 0;
    const count = () => connections++;
    server.server.on('connection', count);
    expect(await send(other)).toEqual({ type: 'delivered' });
    // undici can reuse a connection from the next turn of the event loop on.
    await nextTurn();
    expect(await send(other)).toEqual({ type: 'delivered' });
    server.server.off('connection', count);
    expect(connections).toBe(expected);
  });

  it('reports the error code as the reason for a failed connection', async () => {
    const closed: TargetServer = await startTargetServer();
    closed.close();
    const failure = { type: 'failed', reason: 'ECONNREFUSED', retryAfterMs: null };
    expect(await sender.send(`${closed.origin}/x`, delivery)).toEqual(failure);
  });

  it('connects to a private address to which a name resolves only if its origin is configured', async () => {
    // "localhost" represents a public host name that resolves to this machine.
    const { port } = new URL(server.origin);
    const target = `http://localhost:${port}/x`;
    expect(await senderWith(['https://hooks.zapier.com']).send(target, delivery)).toMatchObject({ type: 'failed' });
    expect(server.received).toEqual([]);
    expect(await senderWith([new URL(target).origin]).send(target, delivery)).toEqual({ type: 'delivered' });
  });

  it('waits for no other attempt: 300 Zaps on one host receive requests at the same time, over connections that stay open', async () => {
    let connections = 0;
    server.server.on('connection', () => connections++);
    const waiting: ServerResponse[] = [];
    // Respond once the requests for all Zaps have arrived. The attempts time out if a Zap must wait for another Zap.
    respond = (response) => {
      waiting.push(response);
      if (waiting.length === 300) for (const complete of waiting.splice(0)) complete.end('ok');
    };
    for (let round = 0; round < 5; round++) {
      const zaps = Array.from({ length: 300 }, (_, zap) => sender.send(`${server.origin}/${zap}`, delivery));
      expect(new Set((await Promise.all(zaps)).map(({ type }) => type))).toEqual(new Set(['delivered']));
    }
    // Without connection reuse, there would be 1,500 connections.
    expect(connections).toBeLessThan(900);
  });
});

it.each([
  ['target.example.com', { type: 'failed', reason: 'no connection', retryAfterMs: null }, 0],
  ['localhost', { type: 'delivered' }, 1],
])('the result of an attempt to the configured host %s is %j', async (host, result, requests) => {
  const { port } = new URL(server.origin);
  const origin = `http://${host}:${port}`;
  lookup.mockResolvedValueOnce([{ address: '127.0.0.1', family: 4 }]);
  expect(await senderWith([origin]).send(`${origin}/x`, delivery)).toEqual(result);
  expect(lookup).toHaveBeenLastCalledWith(host, expect.anything());
  expect(server.received).toHaveLength(requests);
});
