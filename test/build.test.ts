import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { build, relayOrigin } from '../scripts/build.ts';

const RELAY = 'https://relay.example.com';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-build-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('build', () => {
  const relayIn = (outDir: string) =>
    /^var RELAY_URL = .*$/m.exec(readFileSync(join(outDir, 'index.js'), 'utf8'))?.[0] ?? '';

  it('sets the URL of the relay, and writes one readable file', async () => {
    const outDir = join(folder, 'app');
    await build(outDir, `${RELAY}/`);
    expect(relayIn(outDir)).toContain(`"${RELAY}"`);
    expect(readFileSync(join(outDir, 'index.js'), 'utf8')).toContain('\n// src/trigger.ts\n');
    expect(readdirSync(outDir)).toEqual(['index.js']);
  });

  it('sets no URL in an app without a relay', async () => {
    await build(folder, '');
    expect(relayIn(folder)).toContain('null');
    expect(relayIn(folder)).not.toContain('http');
  });

  it('deletes the files of an earlier build', async () => {
    writeFileSync(join(folder, 'earlier.js'), '');
    await build(folder, null);
    expect(readdirSync(folder)).toEqual(['index.js']);
  });

  it.each([
    ['relay.example.com', 'RELAY_URL must be the origin of a relay, such as https://relay.example.com'],
    [`${RELAY}/hooks`, 'RELAY_URL must be the origin of a relay'],
    ['https://user@relay.example.com', 'RELAY_URL must be the origin of a relay'],
    ['http://relay.example.com', 'RELAY_URL must begin with https://'],
  ])('refuses the relay URL %s', (url, message) => {
    expect(() => relayOrigin(url)).toThrow(message);
  });
});
