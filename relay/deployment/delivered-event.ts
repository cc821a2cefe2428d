/** The path of an event through a deployed relay. */

import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { CHANNEL_PATH, HOOKS_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { EnvelopeOpener } from '../../wire/sealing/envelope-opener.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, KEY } from '../harness/sample-delivery.ts';
import type { TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';

/** The origin of the relays under test. Caddy itself issues the certificate for this host name. */
export const ORIGIN = 'https://localhost';

/**
 * Waits for the certificate of Caddy's own authority, which Caddy creates when it starts, and makes this process trust
 * it.
 *
 * @param read - returns the certificate's file; fails while there is none
 * @throws {Error} if there is none within the time limit
 */
export async function trustAuthority(read: () => Promise<string>): Promise<void> {
  let certificate = '';
  await until(async () => {
    certificate = await read().catch(() => '');
    return certificate !== '';
  });
  setDefaultCACertificates([...getCACertificates('default'), certificate]);
}

async function expectSuccess(what: string, response: Promise<Response>): Promise<void> {
  const { ok, status } = await response;
  if (!ok) throw new Error(`${what} failed with status ${status}.`);
}

/**
 * Registers a channel through Caddy, subscribes a target, sends an event, and waits for its delivery.
 *
 * @throws {Error} if a request fails or the target receives bytes that differ from those sent
 */
export async function deliverEvent(target: TargetServer): Promise<void> {
  const token = deriveToken(KEY, ORIGIN);
  await until(() =>
    fetch(`${ORIGIN}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  await expectSuccess('The registration', callApi(ORIGIN, 'PUT', CHANNEL_PATH, undefined, token));
  const subscription = { target_url: `${target.origin}/zap`, actions: ['A'] };
  await expectSuccess('The subscription', callApi(ORIGIN, 'POST', SUBSCRIPTIONS_PATH, subscription, token));
  const body = bodyOf('A');
  const before = target.received.length;
  await expectSuccess('The event', postWebhook(ORIGIN, body, `${HOOKS_PATH}/${deriveChannel(token)}`));
  await until(() => target.received.length > before);
  const opened = await new EnvelopeOpener(KEY, ORIGIN).openText(target.received.at(-1)?.body.toString() ?? '');
  if (!body.equals(opened.body)) throw new Error('The target received bytes that differ from those sent.');
  if ((await fetch(`${ORIGIN}/metrics`)).status !== 404) throw new Error('Caddy serves the metrics to everyone.');
}

/** Sends only the beginning of a request. Resolves with the number of seconds until the connection is closed. */
export function secondsOfStalledRequest(): Promise<number> {
  const start = performance.now();
  const path = `${HOOKS_PATH}/${deriveChannel(deriveToken(KEY, ORIGIN))}`;
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nWebhook-Signature: ${'a'.repeat(64)}\r\nContent-Length: 1000\r\n\r\n{`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: 443, servername: 'localhost' }, () => socket.write(head));
    socket.resume();
    socket.on('error', reject);
    socket.on('close', () => {
      resolve((performance.now() - start) / 1000);
    });
  });
}
