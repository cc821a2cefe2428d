/** The JSON bodies of API requests with a token. */

import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';

import { LINKS_PATH } from '../../../wire/link-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { TOKEN } from '../../harness/sample-delivery.ts';
import { durationOf } from '../../harness/shortest-duration.ts';
import { closeConnections, headOf, openConnection } from '../support/raw-connection.ts';
import { startTestServer } from '../support/test-server.ts';

const HEADER = `Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 60000`;

const server = await startTestServer();
beforeAll(() => server.renew());
afterEach(closeConnections);
afterAll(() => server.close());

it('the body of a request with a token has 5 seconds to arrive, and is read byte by byte', async () => {
  const dripping = openConnection(server.url, `${headOf(LINKS_PATH, HEADER)}{`);
  const drip = setInterval(() => dripping.socket.write(' '), SECOND / 10);
  expect(await durationOf(() => dripping.closed)).toBeGreaterThan(4.9 * SECOND);
  clearInterval(drip);
  expect(dripping.statuses).toEqual([]);
  const text = JSON.stringify({ access_token_hash: 'a'.repeat(43), keys: [], verdict: null });
  const head = headOf(LINKS_PATH, HEADER.replace('60000', String(text.length)));
  const inParts = openConnection(server.url, head, ...Array.from(text));
  expect(await inParts.status()).toBe('201');
});

it('the body of a request with a token may have 64 kB, and must be JSON', async () => {
  const statusOf = (header: string, body: string) =>
    openConnection(server.url, headOf(LINKS_PATH, header), body).status();
  const json = HEADER.replace('Content-Length: 60000', '');
  const kb64 = 64 * 1024;
  expect(await statusOf(`${json}Content-Length: ${kb64}`, '{}'.padEnd(kb64))).toBe('400');
  expect(await statusOf(`${json}Content-Length: ${kb64 + 1}`, '{}')).toBe('413');
  const chunk = `${(kb64 + 1).toString(16)}\r\n${'{}'.padEnd(kb64 + 1)}\r\n`;
  expect(await statusOf(`${json}Transfer-Encoding: chunked`, chunk)).toBe('413');
  expect(await statusOf(`Authorization: Bearer ${TOKEN}\r\nContent-Type: text/plain\r\nContent-Length: 2`, '{}')).toBe(
    '415',
  );
});
