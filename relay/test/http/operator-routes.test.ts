import { afterAll, describe, expect, it } from '@jest/globals';

import { startedForEachTest, startTestServer } from '../support/test-server.ts';

const server = await startTestServer();
const startWith = startedForEachTest();
afterAll(() => server.close());

describe('the operator routes', () => {
  it('report health and readiness without a token', async () => {
    expect((await server.api('GET', '/healthz', undefined, null)).json).toEqual({ status: 'ok' });
    expect((await server.api('GET', '/readyz', undefined, null)).json).toEqual({ status: 'ready', proxy: 'none' });
    const untrusting = await startWith({ trustedProxies: [] });
    const forwarded = await fetch(`${untrusting.url}/readyz`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(await forwarded.json()).toEqual({ status: 'ready', proxy: 'untrusted', proxy_address: '127.0.0.1' });
  });
});

describe('the metrics', () => {
  const get = (headers: Readonly<Record<string, string>>, trustedProxies = ['loopback']) =>
    startWith({ trustedProxies }).then(({ url }) => fetch(`${url}/metrics`, { headers }));

  it('are sent to a client that connects directly, regardless of its host and user agent', async () => {
    const response = await get({ host: 'relay:4100', 'user-agent': 'Prometheus/3.0', accept: 'text/plain' });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('\nrelay_ready 1\n')]);
  });

  it.each<Readonly<Record<string, string>>>([
    { 'x-forwarded-for': '192.0.2.1' },
    { 'X-Forwarded-For': '' },
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-host': 'relay.example.com' },
    { forwarded: 'for=192.0.2.1' },
    { via: '2 fly.io' },
  ])('do not exist for a request through a proxy, which the relay need not trust: %j', async (headers) => {
    for (const trusted of ['loopback', '10.0.0.1']) {
      const response = await get(headers, [trusted]);
      expect([response.status, await response.json()]).toEqual([404, (await server.api('GET', '/nothing')).json]);
    }
  });
});
