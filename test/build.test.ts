import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { BuildFailed, withConstant } from '../scripts/build-constants.ts';
import { build, bundled, relayOrigin } from '../scripts/build.ts';

const RELAY = 'https://relay.example.com';
const SECRET = 'a-registration-secret-of-nobody';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-build-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env.RELAY_REGISTRATION_SECRET;
});

describe('withConstant', () => {
  const constant = { name: 'RELAY_URL', module: 'src/relay-url.ts', value: '"$&"' };
  const unset = 'export const RELAY_URL: string | null = null;\n';

  it('sets the value, and keeps the rest of the module', () => {
    expect(withConstant(`${unset}export const OTHER = null;\n`, constant)).toBe(
      'export const RELAY_URL: string | null = "$&";\nexport const OTHER = null;\n',
    );
  });

  it.each(['export const RELAY_ORIGIN: string | null = null;\n', unset + unset])(
    'fails if the module does not declare the constant once: %j',
    (source) => {
      expect(() => withConstant(source, constant)).toThrow(BuildFailed);
      expect(() => withConstant(source, constant)).toThrow(
        /^src\/relay-url.ts does not declare "export const RELAY_URL:/,
      );
    },
  );
});

describe('bundled', () => {
  it('fails if the app does not import the module of a constant', async () => {
    const bundling = bundled('src/once.ts', [{ name: 'MOVED', module: 'src/moved.ts', value: '1' }]);
    await expect(bundling).rejects.toThrow(BuildFailed);
    await expect(bundling).rejects.toThrow(
      'The app does not import src/moved.ts. Correct the module of MOVED in scripts/build.ts.',
    );
  });

  it('fails if the app does not import a module that it omits', async () => {
    const bundling = bundled('src/once.ts', [], ['src/once.ts', 'src/moved.ts']);
    await expect(bundling).rejects.toThrow(BuildFailed);
    await expect(bundling).rejects.toThrow(
      'The app does not import src/moved.ts. Correct the modules to leave out in scripts/build.ts.',
    );
  });

  it('fails with the message of esbuild if a module has an error', async () => {
    const bundling = bundled('src/once.ts', [{ name: 'once', module: 'src/once.ts', value: '1' }]);
    await expect(bundling).rejects.toThrow(BuildFailed);
    await expect(bundling).rejects.toThrow(/^The app cannot be bundled\. [^]*src\/once\.ts does not declare/);
  });
});

describe('build', () => {
  const CONSTANT = /^var (?:RELAY_URL|BUILT_IN_SECRET) = /;
  const linesOf = (outDir: string) => readFileSync(join(outDir, 'index.js'), 'utf8').split('\n');

  it('sets the URL and the secret, and writes one readable file', async () => {
    const outDir = join(folder, 'app');
    await build(outDir, { relayUrl: `${RELAY}/`, registrationSecret: SECRET });
    const lines = linesOf(outDir);
    expect(lines.filter((line) => CONSTANT.test(line)).sort()).toEqual([
      `var BUILT_IN_SECRET = "${SECRET}";`,
      `var RELAY_URL = "${RELAY}";`,
    ]);
    expect(lines.filter((line) => line === '// src/trigger.ts')).toHaveLength(1);
    expect(readdirSync(outDir)).toEqual(['index.js']);
  });

  it('omits both from an app without a relay', async () => {
    await build(folder, { relayUrl: '', registrationSecret: SECRET });
    expect(
      linesOf(folder)
        .filter((line) => CONSTANT.test(line))
        .sort(),
    ).toEqual(['var RELAY_URL = null;']);
  });

  it('omits the code of the other kind of app', async () => {
    const RELAY_MODULES = [
      ...['src/hooks/relay-client.ts', 'src/hooks/sealed-deliveries.ts', 'src/hooks/console-link.ts'],
      ...['src/compared-record.ts', 'src/record/changes.ts', 'wire/sealing/envelope-opener.ts', 'wire/capability.ts'],
    ];
    const PASTED_URL_PARTS = [/click \*\*Add Integration\*\* instead/, /^async function recentEvents\(/];
    await build(join(folder, 'pasted-url'), {});
    await build(join(folder, 'relayed'), { relayUrl: RELAY });
    const [pastedUrl, relayed] = [linesOf(join(folder, 'pasted-url')), linesOf(join(folder, 'relayed'))];
    for (const module of RELAY_MODULES) {
      expect([pastedUrl.includes(`// ${module}`), relayed.includes(`// ${module}`)]).toEqual([false, true]);
    }
    expect(pastedUrl.filter((line) => line.includes('import("hpke")'))).toEqual([]);
    for (const part of PASTED_URL_PARTS) {
      expect([pastedUrl, relayed].map((lines) => lines.some((line) => part.test(line)))).toEqual([true, false]);
    }
  });

  it('deletes the files of an earlier build', async () => {
    writeFileSync(join(folder, 'earlier.js'), '');
    await build(folder, {});
    expect(readdirSync(folder)).toEqual(['index.js']);
  });

  it('writes nothing after it is aborted', async () => {
    const outDir = join(folder, 'app');
    const stop = new AbortController();
    const building = build(outDir, {}, stop.signal);
    stop.abort(new Error('Stopped.'));
    await expect(building).rejects.toThrow('Stopped.');
    expect(existsSync(outDir)).toBe(false);
  });

  it.each([
    ['relay.example.com', 'RELAY_URL must be the origin of a relay, such as https://relay.example.com'],
    [`${RELAY}/hooks`, 'RELAY_URL must be the origin of a relay'],
    ['https://user@relay.example.com', 'RELAY_URL must be the origin of a relay'],
    ['http://relay.example.com', 'RELAY_URL must begin with https://'],
  ])('refuses the relay URL %s', (url, message) => {
    expect(() => relayOrigin(url)).toThrow(message);
  });

  it('refuses a malformed registration secret without quoting it', async () => {
    const building = build(join(folder, 'app'), { relayUrl: RELAY, registrationSecret: `hunter2 ${SECRET}` });
    await expect(building).rejects.toThrow(BuildFailed);
    await expect(building).rejects.toThrow(/^RELAY_REGISTRATION_SECRET must have at least 20 (?!.*hunter2)[^\n]+$/);
  });
});

describe('a registration secret that is built in', () => {
  it('is overridden by the environment variable', async () => {
    const module = 'src/hooks/registration-secret.ts';
    const path = join(folder, 'registration-secret.mjs');
    writeFileSync(path, await bundled(module, [{ name: 'BUILT_IN_SECRET', module, value: JSON.stringify(SECRET) }]));
    const { registrationSecret } = (await import(pathToFileURL(path).href)) as { registrationSecret: () => string };
    expect(registrationSecret()).toBe(SECRET);
    process.env.RELAY_REGISTRATION_SECRET = 'another-secret';
    expect(registrationSecret()).toBe('another-secret');
  });
});
