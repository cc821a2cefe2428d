/** Requests that are refused before their bodies have arrived, and the closing of their connections. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CONSOLE_SEND_AGAIN_PATH } from '../../../wire/console-api.ts';
import { LINKS_PATH } from '../../../wire/link-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN } from '../../harness/sample-delivery.ts';
import { durationOf } from '../../harness/shortest-duration.ts';
import { closeConnections, headOf, openConnection } from '../support/raw-connection.ts';
import { MIB, OTHER_PART, startTestServer } from '../support/test-server.ts';

const server = await startTestServer({}, 20 * MIB);
let hookPath: string;
beforeEach(async () => {
  await server.renew();
  hookPath = await server.hookPath();
});
afterEach(closeConnections);
afterAll(() => server.close());

const JSON_BODY = 'Content-Type: application/json\r\nContent-Length: 60000';
/** The headers of a request with a token of an unregistered channel. */
const UNKNOWN = `Authorization: Bearer ${OTHER_TOKEN}\r\n${JSON_BODY}`;
/** Returns the beginning of a request whose body does not arrive. */
const slow = (path: string, header = JSON_BODY, method = 'POST') => `${headOf(path, header).replace('POST', method)}{`;

const LARGE = `Content-Length: ${10 * MIB}`;

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
    // The server ends the connection instead of resetting it, because a proxy is still sending the body.
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
    // The relay sends the response when it has read the body.
    socket.write(`${headOf(hookPath, 'Content-Length: 2')}[]`);
    expect(await status(3)).toBe('404');
    socket.write(headOf('/nothing', 'Content-Length: 0'));
    expect(await status(4)).toBe('404');
  });
});

it.each<[what: string, status: string, text: string]>([
  ['without a token', '401', slow(LINKS_PATH)],
  ['with an unknown token', '404', slow(LINKS_PATH, UNKNOWN)],
  ['that deletes with an unknown token', '404', slow(`${SUBSCRIPTIONS_PATH}/x`, UNKNOWN, 'DELETE')],
  ['that registers without the secret', '403', slow('/channel', UNKNOWN, 'PUT')],
  ['without a link', '401', slow(CONSOLE_SEND_AGAIN_PATH)],
  ['to an unknown path', '404', slow('/nothing')],
])('a request %s is refused before its body has arrived, and its connection closed', async (_what, status, text) => {
  const { status: received, closed } = openConnection(server.url, text);
  expect(await received()).toBe(status);
  await closed;
});
