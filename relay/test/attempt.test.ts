import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createDeliverer, retryAfterMs, type Deliverer } from '../delivery/attempt.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';

const delivery = {
  seq: 1,
  id: 'the-id',
  body: Buffer.from([0x7b, 0xff, 0x00, 0x0a]),
  signature: 'a'.repeat(64),
  contentType: 'application/json',
  actions: ['A'],
  receivedAt: 0,
};

let target: TargetServer;
let deliverer: Deliverer;
/** What the target answers. */
let status = 200;
let headers: Record<string, string> = {};
let isSilent = false;

beforeAll(async () => {
  target = await startTargetServer((response) => {
    if (isSilent) return;
    response.writeHead(status, headers);
    response.end('x'.repeat(1000));
  });
  deliverer = createDeliverer([target.origin]);
});

afterAll(async () => {
  await deliverer.close();
  target.close();
});

const attempt = (path = '/hooks/x') => deliverer.attempt(`${target.origin}${path}`, delivery);

describe('an attempt', () => {
  it('sends the same bytes with the same signature, and an id', async () => {
    status = 200;
    expect(await attempt()).toEqual({ result: 'delivered' });
    const [received] = target.received;
    expect(received?.body.equals(delivery.body)).toBe(true);
    expect(received?.headers).toMatchObject({
      'webhook-signature': delivery.signature,
      'relay-delivery-id': 'the-id',
      'content-type': 'application/json',
    });
  });

  it.each([
    [204, { result: 'delivered' }],
    [410, { result: 'gone' }],
    [404, { result: 'failed', reason: 'HTTP 404', retryAfterMs: null }],
    [500, { result: 'failed', reason: 'HTTP 500', retryAfterMs: null }],
  ])('reads %d', async (code, expected) => {
    status = code;
    expect(await attempt()).toEqual(expected);
  });

  it.each([429, 503])('heeds Retry-After of %d', async (code) => {
    status = code;
    headers = { 'retry-after': '7' };
    expect(await attempt()).toMatchObject({ result: 'failed', retryAfterMs: 7000 });
    headers = {};
  });

  it('follows no redirect', async () => {
    status = 307;
    headers = { location: `${target.origin}/elsewhere` };
    const before = target.received.length;
    expect(await attempt()).toMatchObject({ result: 'failed', reason: 'HTTP 307' });
    expect(target.received.slice(before).map(({ url }) => url)).toEqual(['/hooks/x']);
    headers = {};
  });

  it('gives up after 10 seconds of silence', async () => {
    isSilent = true;
    expect(await attempt()).toMatchObject({ result: 'failed', reason: 'UND_ERR_HEADERS_TIMEOUT' });
    isSilent = false;
  }, 30_000);

  it('waits for no endless answer', async () => {
    const endless = await startTargetServer((response) => {
      response.writeHead(200);
      const more = () => {
        if (!response.destroyed && response.write('x'.repeat(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const own = createDeliverer([endless.origin]);
    expect(await own.attempt(`${endless.origin}/x`, delivery)).toEqual({ result: 'delivered' });
    await own.close();
    endless.close();
  });

  it('says shortly what failed', async () => {
    const closed = await startTargetServer();
    closed.close();
    expect(await deliverer.attempt(`${closed.origin}/x`, delivery)).toMatchObject({
      result: 'failed',
      reason: 'ECONNREFUSED',
    });
  });

  it('reaches no private address under a public name', async () => {
    const { port } = new URL(target.origin);
    // "localhost" stands for any name whose owner points it at this machine.
    const wary = createDeliverer(['https://hooks.zapier.com']);
    const before = target.received.length;
    expect(await wary.attempt(`http://localhost:${port}/x`, delivery)).toMatchObject({ result: 'failed' });
    expect(target.received).toHaveLength(before);
    await wary.close();
    const named = createDeliverer([`http://localhost:${port}`]);
    status = 200;
    expect(await named.attempt(`http://localhost:${port}/x`, delivery)).toEqual({ result: 'delivered' });
    await named.close();
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-06-10T12:00:00Z');
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Wed, 10 Jun 2026 12:01:00 GMT', 60_000],
    ['Wed, 10 Jun 2026 11:00:00 GMT', 0],
    ['999999999', 24 * 60 * 60 * 1000],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('%s is %s', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
