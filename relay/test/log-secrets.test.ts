/** No log level shows a token, a registration secret, a signature or a body. */

import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { sign } from '../../wire/signature.ts';
import { callApi, hookPath, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, KEY, REGISTRATION_SECRET, TOKEN } from '../harness/sample-delivery.ts';
import { openConnection } from './raw-connection.ts';
import { killAfterEach, startListening } from './spawned-relay.ts';
import { temporaryFolder } from './temporary-folder.ts';

const NAME = 'Araminta Quill';
const folder = temporaryFolder();
killAfterEach();

it('the log at the level trace contains no token, registration secret, signature or body for any request', async () => {
  const environment = { LOG_LEVEL: 'trace', RELAY_SQLITE_PATH: join(folder, 'relay.sqlite') };
  const { url, output } = await startListening(environment);
  const body = Buffer.from(bodyOf('A').toString().replace('{', `{"name": "${NAME}", `));
  const signature = sign(body, KEY);
  expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
  const urlPart = hookPath(url).split('/').at(-1) ?? '';
  const head = `POST ${hookPath(url)} HTTP/1.1\r\nHost: x\r\nWebhook-Signature: ${signature}\r\nAuthorization: Bearer ${TOKEN}\r\nRelay-Registration-Secret: ${REGISTRATION_SECRET}\r\n`;

  expect((await callApi(url, 'PUT', '/channel', undefined, TOKEN, 'another-secret')).status).toBe(200);
  expect((await postWebhook(url, body)).status).toBe(202);
  // Malformed HTTP: a header without a colon, invalid chunks, a truncated body, and headers that are too long.
  expect(await openConnection(url, `${head}no colon\r\n\r\n${String(body)}`).status()).toBe('400');
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${NAME}\r\n${String(body)}`;
  expect(await openConnection(url, chunked).status()).toBe('400');
  expect(await openConnection(url, `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`).status()).toBe('431');
  await callApi(url, 'POST', '/channel/subscriptions', { target_url: NAME, actions: [TOKEN] });
  await fetch(`${url}/channel/${TOKEN}?name=${encodeURIComponent(NAME)}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });

  for (const secret of [
    TOKEN,
    REGISTRATION_SECRET,
    signature,
    NAME,
    CHANNEL,
    urlPart,
    Buffer.from(NAME).toString('base64'),
  ]) {
    expect(output()).not.toContain(secret);
  }
  // A Buffer appears in a log line as a list of numbers.
  expect(output()).not.toContain([...Buffer.from(NAME)].join(','));
});
