/** The responses with the console's page and its files. */

import { afterAll, expect, it } from '@jest/globals';

import { pageFile } from '../../console-page.ts';
import { startTestServer } from '../support/test-server.ts';

const SCRIPT = 'console.log("a script")';
const files = { 'index.html': '<!doctype html>', 'main-0123456789.js': SCRIPT };
const consolePage = Object.entries(files).map(([name, text]) => pageFile(name, Buffer.from(text)));
const relay = await startTestServer({ consolePage });
afterAll(() => relay.close());

it('the page is served with a strict policy and without caching', async () => {
  const response = await fetch(`${relay.url}/console`);
  expect([response.status, await response.text()]).toEqual([200, '<!doctype html>']);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  });
});

it.each([
  ['gzip, br', 'gzip'],
  ['identity', null],
])(
  'the other files of the page can be cached, and are compressed if the browser accepts %s',
  async (accepted, sent) => {
    const path = `${relay.url}/console/main-0123456789.js`;
    const response = await fetch(path, { headers: { 'accept-encoding': accepted } });
    expect([await response.text(), response.headers.get('content-encoding')]).toEqual([SCRIPT, sent]);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  },
);

it.each(['/console/', '/console/index.html', '/console/main.js', '/console/..%2f..%2fpackage.json'])(
  'the page is at no other path: %s',
  async (path) => {
    expect((await fetch(`${relay.url}${path}`)).status).toBe(404);
  },
);

it('the page is replaced with an instruction to build it if it is missing', async () => {
  const without = await startTestServer();
  const { status, json } = await without.api('GET', '/console', undefined, null);
  expect([status, json.detail]).toEqual([404, expect.stringContaining('npm run build:relay')]);
  await without.close();
});
