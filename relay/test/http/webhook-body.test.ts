/** Webhooks with large bodies, slow bodies, chunked bodies, or too many bodies at a time. */

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { sign } from '../../../wire/signature.ts';
import { createBytesInFlight, SMALL_BODY_BYTES } from '../../intake/bytes-in-flight.ts';
import { SECOND } from '../../harness/durations.ts';
import { openDelivery } from '../../harness/opened-deliveries.ts';
import { bodyOf, KEY } from '../../harness/sample-delivery.ts';
import { durationOf } from '../../harness/shortest-duration.ts';
import { until } from '../../harness/until.ts';
import { closeConnections, headOf, openConnection } from '../support/raw-connection.ts';
import { MIB, startTestServer } from '../support/test-server.ts';

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

/** Sends the headers of a webhook, and optionally parts of its body. */
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
    // The duration is measured from here, because the work below takes seconds on a busy machine.
    const ended = Promise.all(stalled.map(({ closed }) => durationOf(() => closed)));
    await until(() => inFlight.total === 100_000);
    expect(await server.post(padded(10 * MIB))).toBe(202);
    const durations = await ended;
    expect(Math.min(...durations)).toBeGreaterThan(4.9 * SECOND);
    // Node.js ends a request that is not complete after 30 seconds at the earliest.
    expect(Math.max(...durations)).toBeLessThan(25 * SECOND);
  });
});
