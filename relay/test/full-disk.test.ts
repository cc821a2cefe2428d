/** A relay whose disk is full. A limit on the file size simulates a full disk, because writes fail in the same way. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';

import { describe, expect, it } from '@jest/globals';

import { hasExited, RELAY_MAIN } from '../harness/relay-process.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { randomText } from '../harness/random-text.ts';
import { bodyOf, ORIGIN, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';

/** File size limit in kilobytes, with room for the tables and some deliveries. */
const FILE_LIMIT_KB = 2_000;
const MAX_WEBHOOKS = 200;

describe('a relay on a full disk', () => {
  it('refuses webhooks, is not ready, and reports this in its metrics', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relay-full-'));
    const node = [process.execPath, RELAY_MAIN];
    const child = spawn('bash', ['-c', `ulimit -f ${FILE_LIMIT_KB}; exec "$@"`, 'relay', ...node], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        RELAY_ORIGIN: ORIGIN,
        RELAY_PORT: '0',
        RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
        RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    try {
      await until(() => output.includes('The relay is listening.') || hasExited(child));
      const url = `http://127.0.0.1:${/"port":(\d+)/.exec(output)?.[1]}`;
      const metrics = async () => (await fetch(`${url}/metrics`)).text();
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      expect(await metrics()).toMatch(/^relay_ready 1$/m);
      expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);

      let status = 202;
      for (let count = 0; status === 202 && count < MAX_WEBHOOKS; count++) {
        const body = Buffer.from(
          bodyOf('A')
            .toString()
            .replace('{', `{"padding": "${randomText(50_000)}", `),
        );
        status = (await postWebhook(url, body)).status;
      }
      expect(status).toBe(503);
      expect((await fetch(`${url}/readyz`)).status).toBe(503);
      expect(await metrics()).toMatch(/^relay_ready 0$/m);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
  });
});
