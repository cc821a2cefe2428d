/** The console's page over HTTP. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { pageFile, readConsolePage } from '../console-page.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const SCRIPT = 'console.log("a script")';

describe('a relay with a built console', () => {
  let relay: TestServer;
  beforeAll(async () => {
    const consolePage = [
      pageFile('index.html', Buffer.from('<!doctype html>')),
      pageFile('main-0123456789.js', Buffer.from(SCRIPT)),
    ];
    relay = await startTestServer({ consolePage });
  });
  afterAll(async () => {
    await relay.app.close();
    await relay.store.close();
  });

  it('serves the page with a strict policy and without caching', async () => {
    const response = await fetch(`${relay.url}/console`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<!doctype html>');
    const header = (name: string) => response.headers.get(name);
    expect(header('content-type')).toBe('text/html; charset=utf-8');
    expect(header('cache-control')).toBe('no-store');
    expect(header('referrer-policy')).toBe('no-referrer');
    const policy = header('content-security-policy')?.split('; ');
    expect(policy).toEqual([
      ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
      ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
      ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
    ]);
  });

  it('lets browsers cache the other files, and compresses them if the browser accepts it', async () => {
    for (const encoding of ['gzip, br', 'identity']) {
      const response = await fetch(`${relay.url}/console/main-0123456789.js`, {
        headers: { 'accept-encoding': encoding },
      });
      expect(await response.text()).toBe(SCRIPT);
      expect(response.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : 'gzip');
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it.each(['/console/', '/console/index.html', '/console/main.js', '/console/..%2f..%2fpackage.json'])(
    'serves no other path: %s',
    async (path) => {
      expect((await fetch(`${relay.url}${path}`)).status).toBe(404);
    },
  );
});

it('a relay without a built console explains how to build it', async () => {
  const relay = await startTestServer();
  const { status, json } = await relay.api('GET', '/console', undefined, null);
  expect(status).toBe(404);
  expect(json.detail).toContain('npm run build:relay');
  await relay.app.close();
  await relay.store.close();
});

describe('readConsolePage', () => {
  it('reads the files of the page', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-console-test-'));
    writeFileSync(join(folder, 'icon-0123456789.svg'), '<svg/>');
    const page = await readConsolePage(folder);
    rmSync(folder, { recursive: true });
    expect(page?.map(({ name, contentType, body }) => [name, contentType, body.toString()])).toEqual([
      ['icon-0123456789.svg', 'image/svg+xml', '<svg/>'],
    ]);
  });

  it('returns null if there is no page', async () => {
    expect(await readConsolePage(join(tmpdir(), 'no-such-console'))).toBeNull();
  });

  it('rejects a file of another type', () => {
    expect(() => pageFile('notes.txt', Buffer.alloc(0))).toThrow('notes.txt');
  });
});
