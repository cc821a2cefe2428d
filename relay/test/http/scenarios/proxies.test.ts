/**
 * Webhooks through proxies while strangers send to the same proxy. The proxies share their connections to the relay
 * among all clients.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { LINKS_PATH } from '../../../../wire/link-api.ts';
import { CHANNEL_PATH, HOOKS_PATH } from '../../../../wire/relay-api.ts';
import { sign, SIGNATURE_HEADER } from '../../../../wire/signature.ts';
import { startRelayProcess, type RelayProcess } from '../../../harness/relay-process.ts';
import { callSuccessfully, hookPath } from '../../../harness/relay-requests.ts';
import { bodyOf, KEY, ORIGIN, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { startCaddy } from '../../support/caddy-process.ts';
import { startNginx } from '../../support/nginx-process.ts';
import { whereAvailable } from '../../support/required-tool.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { OTHER_PART } from '../../support/test-server.ts';

/** Number of webhooks that an agency sends while strangers send to the same proxy. */
const WEBHOOKS = 75;
const INTERVAL_MS = 20;
const STRANGERS = 4;
/**
 * A body that is larger than the sum of the relay's limit on reading refused bodies and the buffers between a proxy and
 * the relay.
 */
const LARGE = Buffer.alloc(600_000, 'x');

interface Proxy {
  readonly url: string;
  readonly ca?: string;
  readonly stop: () => Promise<void>;
}

const describeWithProxies = whereAvailable(
  describe,
  spawnSync('caddy', ['version']).status === 0 && spawnSync('nginx', ['-v']).status === 0,
  'the tests of requests through proxies',
  'Install Caddy and nginx (Debian: apt-get install caddy nginx-light).',
);

const folder = temporaryFolder();

/** Requests from strangers. The relay refuses these requests before their bodies have arrived. */
const REFUSED: readonly [what: string, status: number, path: string, headers: Readonly<Record<string, string>>][] = [
  ['to an unknown path', 404, '/nothing', {}],
  ['to an unknown path, after "100 Continue"', 404, '/nothing', { expect: '100-continue' }],
  ['to a malformed path', 400, `${HOOKS_PATH}/%zz`, {}],
  [
    'to an unknown webhook URL',
    404,
    `${HOOKS_PATH}/${OTHER_CHANNEL}/${OTHER_PART}`,
    { [SIGNATURE_HEADER]: 'a'.repeat(64) },
  ],
  ['to the API, without a token', 401, LINKS_PATH, { 'content-type': 'application/json' }],
];

const PROXIES: readonly [name: string, start: (folder: string, relayPort: number) => Promise<Proxy>][] = [
  [
    'Caddy with deploy/Caddyfile',
    async (own, port) => {
      const caddy = await startCaddy(own, port);
      return { ...caddy, url: `https://127.0.0.1:${caddy.port}` };
    },
  ],
  ...[false, true].map((keeps): (typeof PROXIES)[number] => [
    keeps ? 'nginx that keeps connections' : 'nginx with its defaults',
    async (own, port) => {
      const nginx = await startNginx(own, port, keeps);
      return { ...nginx, url: `http://127.0.0.1:${nginx.port}` };
    },
  ]),
];

describeWithProxies.each(PROXIES)('%s', (name, start) => {
  let relay: RelayProcess;
  let proxy: Proxy;
  beforeAll(async () => {
    const own = join(folder, String(PROXIES.findIndex(([other]) => other === name)));
    mkdirSync(own);
    const environment = { RELAY_ORIGIN: ORIGIN, RELAY_SQLITE_PATH: join(own, 'relay.sqlite'), LOG_LEVEL: 'silent' };
    relay = await startRelayProcess({ environment });
    proxy = await start(own, Number(new URL(relay.url).port));
    await callSuccessfully(relay.url, 'PUT', CHANNEL_PATH);
  });
  afterAll(async () => {
    await proxy.stop();
    await relay.kill('SIGKILL');
  });

  const newAgent = () => new (proxy.ca === undefined ? http.Agent : https.Agent)({ keepAlive: true });

  /** Sends a POST request. Returns the status. @throws {Error} if the connection fails before the response arrives */
  async function send(agent: http.Agent, path: string, headers: Readonly<Record<string, string>>, body: Buffer) {
    const all = { host: new URL(ORIGIN).hostname, 'content-length': body.length, ...headers };
    const options = { method: 'POST', headers: all, agent, ca: proxy.ca, servername: new URL(ORIGIN).hostname };
    const { request } = proxy.ca === undefined ? http : https;
    const sent = request(`${proxy.url}${path}`, options);
    const response = once(sent, 'response') as Promise<[http.IncomingMessage]>;
    // After the response, the proxy is allowed to close the connection although the body is still being sent.
    sent.on('error', () => undefined).end(body);
    const [received] = await response;
    received.resume();
    return received.statusCode ?? 0;
  }

  /**
   * Sends webhooks at a steady rate, regardless of the responses. Returns the statuses, and the errors of failed
   * connections.
   */
  async function sendWebhooks(): Promise<unknown[]> {
    const agency = newAgent();
    const sent: Promise<unknown>[] = [];
    for (let count = 0; count < WEBHOOKS; count++) {
      const body = bodyOf('A');
      const response = send(agency, hookPath(relay.url), { [SIGNATURE_HEADER]: sign(body, KEY) }, body);
      sent.push(response.catch((error: unknown) => error));
      await sleep(INTERVAL_MS);
    }
    const statuses = await Promise.all(sent);
    agency.destroy();
    return statuses;
  }

  it.each(REFUSED)('passes on all webhooks while strangers send 600 kB %s', async (_what, status, path, headers) => {
    const stranger = newAgent();
    const answers = new Set<number>();
    let isOver = false;
    const strangers = Array.from({ length: STRANGERS }, async () => {
      while (!isOver) {
        // A request can fail while the proxy closes its connection.
        answers.add(await send(stranger, path, headers, LARGE).catch(() => sleep(INTERVAL_MS, 0)));
      }
    });
    const results = await sendWebhooks();
    isOver = true;
    await Promise.all(strangers);
    stranger.destroy();
    expect(results).toEqual(Array(WEBHOOKS).fill(202));
    expect(answers).toContain(status);
  });
});
