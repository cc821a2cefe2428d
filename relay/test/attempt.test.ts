import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { envelopeText } from '../../wire/sealing/envelope-text.ts';
import { createAttemptSender, parseRetryAfter, type AttemptSender } from '../delivery/attempt.ts';
import { HOUR } from '../harness/durations.ts';
import { previousDelivery, storedDelivery } from './stored-delivery.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';

const delivery = storedDelivery();

let server: TargetServer;
let sender: AttemptSender;
/** The server's response. */
let status: number;
let headers: Record<string, string | string[]>;
let isSilent: boolean;

beforeAll(async () => {
  server = await startTargetServer((response) => {
    if (isSilent) return;
    response.writeHead(status, headers);
    response.end('x'.repeat(1000));
  });
  sender = createAttemptSender([server.origin]);
});

beforeEach(() => {
  status = 200;
  headers = {};
  isSilent = false;
});

afterAll(async () => {
  await sender.close();
  server.close();
});

const send = () => sender.send(`${server.origin}/hooks/x`, delivery);

describe('an attempt', () => {
  it('sends the envelope and the id of the delivery', async () => {
    expect(await send()).toEqual({ type: 'delivered' });
    const [received] = server.received;
    expect(received?.body.toString()).toBe(envelopeText(delivery));
    expect(received?.headers).toMatchObject({
      'relay-delivery-id': delivery.id,
      'content-type': 'application/json',
      'content-length': String(received?.body.length),
    });
  });

  it('sends an envelope of several megabytes in parts, to several targets at the same time', async () => {
    server.received.length = 0;
    const large = storedDelivery({ sealed: randomBytes(5_000_000), actions: ['Ä'] });
    const text = envelopeText(large);
    const results = await Promise.all(['a', 'b', 'c'].map((path) => sender.send(`${server.origin}/${path}`, large)));
    expect(results.map(({ type }) => type)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(server.received.map(({ body }) => body.toString() === text)).toEqual([true, true, true]);
  });

  it.each([1_000, 3_000_000])('sends the previous delivery in the same envelope, with %d bytes each', async (bytes) => {
    server.received.length = 0;
    const sealed = randomBytes(bytes);
    const delivery = storedDelivery({ sealed, previous: previousDelivery({ sealed }) });
    expect(await sender.send(`${server.origin}/hooks/x`, delivery)).toEqual({ type: 'delivered' });
    expect(server.received[0]?.body.toString() === envelopeText(delivery)).toBe(true);
  });

  it.each([
    [204, { type: 'delivered' }],
    [410, { type: 'gone' }],
    [403, { type: 'failed', reason: 'HTTP 403', retryAfterMs: null }],
    [404, { type: 'refused', reason: 'HTTP 404' }],
    [500, { type: 'failed', reason: 'HTTP 500', retryAfterMs: null }],
  ])('has the expected result for status %d', async (code, expected) => {
    status = code;
    expect(await send()).toEqual(expected);
  });

  it.each([429, 503])('respects Retry-After with status %d', async (code) => {
    status = code;
    headers = { 'retry-after': '7' };
    expect(await send()).toMatchObject({ type: 'failed', retryAfterMs: 7000 });
  });

  it('respects the first of several Retry-After headers', async () => {
    status = 503;
    headers = { 'retry-after': ['7', '9'] };
    expect(await send()).toEqual({ type: 'failed', reason: 'HTTP 503', retryAfterMs: 7000 });
  });

  it('ignores Retry-After with other statuses', async () => {
    status = 500;
    headers = { 'retry-after': '7' };
    expect(await send()).toMatchObject({ type: 'failed', retryAfterMs: null });
  });

  it('does not follow redirects', async () => {
    status = 307;
    headers = { location: `${server.origin}/elsewhere` };
    const before = server.received.length;
    expect(await send()).toMatchObject({ type: 'failed', reason: 'HTTP 307' });
    expect(server.received.slice(before).map(({ url }) => url)).toEqual(['/hooks/x']);
  });

  it('times out after 10 seconds without a response', async () => {
    isSilent = true;
    expect(await send()).toMatchObject({ type: 'failed', reason: 'UND_ERR_HEADERS_TIMEOUT' });
  });

  it('does not wait for the end of an endless response body', async () => {
    const endless = await startTargetServer((response) => {
      response.writeHead(200);
      const write = () => {
        if (!response.destroyed && response.write('x'.repeat(65_536))) setImmediate(write);
        else response.once('drain', write);
      };
      write();
    });
    const ownSender = createAttemptSender([endless.origin]);
    expect(await ownSender.send(`${endless.origin}/x`, delivery)).toEqual({ type: 'delivered' });
    await ownSender.close();
    endless.close();
  });

  it.each<[name: string, status: number, body: string | Buffer, kept: string | null]>([
    ['the text of a failure', 503, '<b>Try later</b>\n', '<b>Try later</b>'],
    ['the text of a refusal', 400, '{"error": "Zoë"}', '{"error": "Zoë"}'],
    ['the first 500 characters', 500, `${'é'.repeat(499)}👍👍`, `${'é'.repeat(499)}👍`],
    ['text whose kept bytes end within a character', 500, `a${'€'.repeat(3000)}`, `a${'€'.repeat(499)}`],
    ['the beginning of a body that is larger than 64 kB', 500, 'x'.repeat(3_000_000), 'x'.repeat(500)],
    ['no empty text', 500, ' \n', null],
    ['nothing binary', 500, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d]), null],
    ['no control characters', 500, 'a\u001b[2Jb', null],
    ['nothing of a success', 200, 'done', null],
    ['nothing of the response of a Zap that is off', 410, 'gone', null],
  ])('keeps of the response, sealed: %s', async (_name, code, body, kept) => {
    const target = await startTargetServer((response) => response.writeHead(code).end(body));
    const sealing = createAttemptSender([target.origin], ({ id }, text) =>
      Promise.resolve(Buffer.from(`${id} ${text}`)),
    );
    const { response, ...result } = { response: undefined, ...(await sealing.send(`${target.origin}/x`, delivery)) };
    expect(response && Buffer.from(response).toString()).toBe(kept === null ? undefined : `${delivery.id} ${kept}`);
    expect(JSON.stringify(result)).not.toMatch(/Try|Zoë|xxx|done/);
    await sealing.close();
    target.close();
  });

  it('ends an attempt at its time limit, regardless of the response', async () => {
    const slow = await startTargetServer((response) => {
      response.writeHead(200);
      response.write('x');
    });
    const impatient = createAttemptSender([slow.origin], undefined, 200);
    // The status arrived in time, so the attempt succeeded.
    expect(await impatient.send(`${slow.origin}/x`, delivery)).toEqual({ type: 'delivered' });
    await impatient.close();
    slow.close();
    isSilent = true;
    const other = createAttemptSender([server.origin], undefined, 200);
    expect(await other.send(`${server.origin}/x`, delivery)).toMatchObject({ reason: 'ATTEMPT_TIMEOUT' });
    await other.close();
  });

  it('reports the error code as the reason for a failed connection', async () => {
    const closed = await startTargetServer();
    closed.close();
    expect(await sender.send(`${closed.origin}/x`, delivery)).toEqual({
      type: 'failed',
      reason: 'ECONNREFUSED',
      retryAfterMs: null,
    });
  });

  it('does not connect to a private address if a public name resolves to it', async () => {
    const { port } = new URL(server.origin);
    // "localhost" represents a public host name that resolves to this machine.
    const publicOnly = createAttemptSender(['https://hooks.zapier.com']);
    const before = server.received.length;
    expect(await publicOnly.send(`http://localhost:${port}/x`, delivery)).toMatchObject({ type: 'failed' });
    expect(server.received).toHaveLength(before);
    await publicOnly.close();
  });

  it('connects to a private address of a configured origin', async () => {
    const { port } = new URL(server.origin);
    const withLocalhost = createAttemptSender([`http://localhost:${port}`]);
    expect(await withLocalhost.send(`http://localhost:${port}/x`, delivery)).toEqual({ type: 'delivered' });
    await withLocalhost.close();
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-06-10T12:00:00Z');
  it.each([
    ['120', 120_000],
    ['Wed, 10 Jun 2026 12:01:00 GMT', 60_000],
    ['Wednesday, 10-Jun-26 12:01:00 GMT', 60_000],
    ['3601', HOUR],
    ['9'.repeat(400), HOUR],
    ['Fri, 31 Dec 9999 23:59:59 GMT', HOUR],
    ['0', null],
    ['-5', null],
    ['1.5', null],
    ['0.001', null],
    ['1e3', null],
    ['Wed, 10 Jun 2026 11:00:00 GMT', null],
    ['Wed, 10 Jun 2026 12:00:00 GMT', null],
    ['2030-01-01', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('parses %j as %j', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
