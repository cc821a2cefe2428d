/** No log level shows a token, a registration secret, a signature or a body. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { sign } from '../../wire/signature.ts';
import { hasExited, RELAY_MAIN } from '../harness/relay-process.ts';
import { callApi, hookPath, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, KEY, ORIGIN, REGISTRATION_SECRET, TOKEN } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';

const NAME = 'Araminta Quill';

/** Sends raw bytes and returns the response. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let response = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (text: string) => (response += text));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(response);
    });
  });
}

describe('the log at the level trace', () => {
  it('contains no token, registration secret, signature or body for any request', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relay-log-'));
    const child = spawn(process.execPath, [RELAY_MAIN], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        LOG_LEVEL: 'trace',
        RELAY_ORIGIN: ORIGIN,
        RELAY_PORT: '0',
        RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
        RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    try {
      await until(() => output.includes('The relay is listening.') || hasExited(child));
      const port = Number(/"port":(\d+)/.exec(output)?.[1]);
      const url = `http://127.0.0.1:${port}`;
      const body = Buffer.from(bodyOf('A').toString().replace('{', `{"name": "${NAME}", `));
      const signature = sign(body, KEY);
      expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
      const urlPart = hookPath(url).split('/').at(-1) ?? '';
      const head = `POST ${hookPath(url)} HTTP/1.1\r\nHost: x\r\nWebhook-Signature: ${signature}\r\nAuthorization: Bearer ${TOKEN}\r\nRelay-Registration-Secret: ${REGISTRATION_SECRET}\r\n`;

      expect((await callApi(url, 'PUT', '/channel', undefined, TOKEN, 'another-secret')).status).toBe(200);
      expect((await postWebhook(url, body)).status).toBe(202);
      // Malformed HTTP: a header without a colon, invalid chunks, a truncated body, and headers that are too long.
      expect(await sendRaw(port, `${head}no colon\r\n\r\n${String(body)}`)).toMatch(/^HTTP\/1\.1 400 /);
      const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${NAME}\r\n${String(body)}`;
      expect(await sendRaw(port, chunked)).toMatch(/^HTTP\/1\.1 400 /);
      expect(await sendRaw(port, `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
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
        expect(output).not.toContain(secret);
      }
      // A Buffer appears in a log line as a list of numbers.
      expect(output).not.toContain([...Buffer.from(NAME)].join(','));
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });
});
