/** The client's address in the headers of trusted proxies, and forged headers. */

import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';

import { describe, expect, it } from '@jest/globals';

import { OTHER_TOKEN } from '../../harness/sample-delivery.ts';
import { startedForEachTest, type TestServer } from '../support/test-server.ts';

const HEADER = 'Fly-Client-IP';
/**
 * Maximum number of requests per address. The second request of an address is refused, which shows the counted address.
 */
const LIMIT = 1;

const startWith = startedForEachTest();

/**
 * Starts a server behind a hosting platform's proxy. The proxy connects from this machine.
 *
 * @param trustedProxies - the value of RELAY_TRUST_PROXY as a list
 */
const start = (trustedProxies: readonly string[] = ['loopback']): Promise<TestServer> =>
  startWith({ apiRequestsPerMinute: LIMIT, trustedProxies, clientAddressHeader: HEADER.toLowerCase() });

/** Sends a GET request. A header can be repeated. Returns the status and the body. */
async function get({ url }: TestServer, path: string, headers: OutgoingHttpHeaders) {
  const sent = request(`${url}${path}`, { headers: { authorization: `Bearer ${OTHER_TOKEN}`, ...headers } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks = await response.toArray();
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks as Buffer[]).toString() };
}

/** Sends requests. For each request, returns true if no earlier request was counted for the same address. */
async function areNewClients(server: TestServer, requests: readonly OutgoingHttpHeaders[]): Promise<boolean[]> {
  const results: boolean[] = [];
  for (const headers of requests) results.push((await get(server, '/channel', headers)).status === 404);
  return results;
}

describe('a request through the proxy', () => {
  it('counts for the address in the header, in any spelling of its name', async () => {
    const requests = [
      { [HEADER]: '203.0.113.1' },
      { [HEADER]: '203.0.113.2' },
      { [HEADER.toUpperCase()]: '203.0.113.1' },
      { [HEADER]: '::ffff:203.0.113.1' },
      { [HEADER]: '2001:db8:1::1' },
      { [HEADER]: '2001:db8:1::2' },
    ];
    expect(await areNewClients(await start(), requests)).toEqual([true, true, false, false, true, false]);
  });

  it('counts for the address in the header, regardless of other headers of the client', async () => {
    const claims = ['192.0.2.1', '192.0.2.2, 127.0.0.1', '127.0.0.1', '', 'x'].map((claim) => ({
      [HEADER]: '203.0.113.1',
      'X-Forwarded-For': claim,
      Forwarded: `for=${claim}`,
      'X-Real-IP': claim,
      'CF-Connecting-IP': claim,
    }));
    expect(await areNewClients(await start(), claims)).toEqual([true, ...claims.slice(1).map(() => false)]);
  });

  it.each<[what: string, headers: OutgoingHttpHeaders]>([
    ['lacks', {}],
    ['has an address in another header, and lacks', { 'X-Forwarded-For': '192.0.2.1' }],
    ['repeats', { [HEADER]: ['192.0.2.1', '192.0.2.2'] }],
    ['has a list in', { [HEADER]: '192.0.2.1, 192.0.2.2' }],
    ['has nothing in', { [HEADER]: '' }],
    ['has a word in', { [HEADER]: 'unknown', 'X-Forwarded-For': '192.0.2.3' }],
    ['has a port in', { [HEADER]: '192.0.2.1:1234' }],
    ['has brackets in', { [HEADER]: '[2001:db8::1]' }],
    ['has an ambiguous number in', { [HEADER]: '192.0.02.1' }],
    ['has thousands of characters in', { [HEADER]: '1'.repeat(8_000) }],
  ])('that %s the header counts for the address of the proxy', async (_what, headers) => {
    const server = await start();
    const proxy = { [HEADER]: '127.0.0.1' };
    expect(await areNewClients(server, [headers, proxy, { [HEADER]: '203.0.113.1' }])).toEqual([true, false, true]);
  });

  it('gets no metrics', async () => {
    const server = await start();
    expect((await get(server, '/metrics', {})).status).toBe(200);
    expect((await get(server, '/metrics', { [HEADER]: '203.0.113.1' })).status).toBe(404);
    expect((await get(server, '/metrics', { 'X-Forwarded-For': '203.0.113.1' })).status).toBe(404);
  });

  it.each<[proxy: object, headers: OutgoingHttpHeaders]>([
    [{ proxy: 'trusted' }, { [HEADER]: '203.0.113.1', 'X-Forwarded-For': 'x' }],
    [{ proxy: 'none' }, { 'X-Forwarded-For': '203.0.113.1' }],
    [{ proxy: 'none' }, { [HEADER]: '203.0.113.1, 203.0.113.2' }],
  ])('shows the command "check" the result %j', async (proxy, headers) => {
    expect(JSON.parse((await get(await start(), '/readyz', headers)).body)).toEqual({ status: 'ready', ...proxy });
  });
});

describe('a connection from elsewhere', () => {
  it.each([['10.0.0.0/8'], ['uniquelocal'], ['']])('can forge no address, if "%s" is trusted', async (trusted) => {
    const server = await start(trusted === '' ? [] : [trusted]);
    const requests = ['203.0.113.1', '203.0.113.2', '127.0.0.1'].flatMap((address) => [
      { [HEADER]: address },
      { [HEADER]: address, 'X-Forwarded-For': '10.0.0.1' },
      { 'X-Forwarded-For': address },
    ]);
    expect(await areNewClients(server, requests)).toEqual([true, ...requests.slice(1).map(() => false)]);
    const readiness = { status: 'ready', proxy: 'untrusted', proxy_address: '127.0.0.1' };
    expect(JSON.parse((await get(server, '/readyz', { [HEADER]: '203.0.113.1' })).body)).toEqual(readiness);
  });
});

it.each([
  ['loopback', [404, 404, 404]],
  ['127.0.0.0/8', [404, 404, 404]],
  ['10.0.0.0/8', [404, 429, 429]],
  ['', [404, 429, 429]],
])('the relay counts requests for the address that a trusted proxy reports: "%s"', async (proxy, expected) => {
  const limited = await startWith({ apiRequestsPerMinute: 1, trustedProxies: proxy === '' ? [] : [proxy] });
  const statuses: number[] = [];
  for (const address of ['203.0.113.1', '203.0.113.2', '2001:db8::1']) {
    const headers = { authorization: `Bearer ${OTHER_TOKEN}`, 'x-forwarded-for': address };
    statuses.push((await fetch(`${limited.url}/channel`, { headers })).status);
  }
  expect(statuses).toEqual(expected);
});
