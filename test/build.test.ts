import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { build, BUILT_IN_SECRET, BuildFailed, relayOrigin, RELAY_URL, setConstant } from '../scripts/build.ts';

const RELAY = 'https://relay.example.com';
const SECRET = 'a-registration-secret-of-nobody';
const UNSET = 'export const RELAY_URL = null;\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-build-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  delete process.env.RELAY_REGISTRATION_SECRET;
});

/** Writes compiled modules, as the compiler would. */
function compiledApp(modules: Record<string, string>): void {
  for (const [name, source] of Object.entries(modules)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
  }
}

const compiledModule = `${RELAY_URL.module}.js`;
const app = { 'index.js': "import './src/hook.js';\n", 'src/hook.js': `export * from '../${compiledModule}';\n` };

describe('setConstant', () => {
  it('sets the value in the module that the app loads, and keeps the rest of the module', () => {
    compiledApp({ ...app, [compiledModule]: `${UNSET}export const OTHER = 1;\n` });
    setConstant(folder, RELAY_URL, RELAY);
    expect(readFileSync(join(folder, compiledModule), 'utf8')).toBe(
      `export const RELAY_URL = "${RELAY}";\nexport const OTHER = 1;\n`,
    );
  });

  it('finds a module that is only loaded on demand', () => {
    compiledApp({ 'index.js': `await import("./${compiledModule}");\n`, [compiledModule]: UNSET });
    expect(() => {
      setConstant(folder, RELAY_URL, RELAY);
    }).not.toThrow();
  });

  it.each([null, RELAY])('fails if the module has moved (relay: %s)', (relayUrl) => {
    compiledApp({ 'index.js': "import './src/moved.js';\n", 'src/moved.js': UNSET });
    const set = () => {
      setConstant(folder, RELAY_URL, relayUrl);
    };
    expect(set).toThrow(BuildFailed);
    expect(set).toThrow(
      `The compiled app has no module ${compiledModule}. Correct the module of RELAY_URL in scripts/build.ts.`,
    );
  });

  it('fails if the app loads another module instead', () => {
    compiledApp({ 'index.js': "import './src/moved.js';\n", 'src/moved.js': UNSET, [compiledModule]: UNSET });
    expect(() => {
      setConstant(folder, RELAY_URL, RELAY);
    }).toThrow(`The compiled app does not load ${compiledModule}.`);
    expect(readFileSync(join(folder, compiledModule), 'utf8')).toBe(UNSET);
  });

  it.each(['export const RELAY_ORIGIN = null;\n', UNSET + UNSET])(
    'fails if the module does not declare RELAY_URL once: %j',
    (source) => {
      compiledApp({ ...app, [compiledModule]: source });
      expect(() => {
        setConstant(folder, RELAY_URL, RELAY);
      }).toThrow(`${compiledModule} does not contain "export const RELAY_URL = null;" exactly once.`);
    },
  );
});

describe('build', () => {
  it('sets the URL and the secret that the app in this repository loads', async () => {
    await build(join(folder, 'app'), { relayUrl: `${RELAY}/`, registrationSecret: SECRET });
    expect(readFileSync(join(folder, 'app', compiledModule), 'utf8')).toContain(`export const RELAY_URL = "${RELAY}";`);
    const secretModule = readFileSync(join(folder, 'app', `${BUILT_IN_SECRET.module}.js`), 'utf8');
    expect(secretModule).toContain(`export const BUILT_IN_SECRET = "${SECRET}";`);
    // Outside of the repository, Node.js has to be told that the compiled files are modules.
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    const path = pathToFileURL(join(folder, 'app', `${BUILT_IN_SECRET.module}.js`)).href;
    const { registrationSecret } = (await import(path)) as { registrationSecret: () => string | null };
    expect(registrationSecret()).toBe(SECRET);
    process.env.RELAY_REGISTRATION_SECRET = 'another-secret';
    expect(registrationSecret()).toBe('another-secret');
    expect(existsSync(join(folder, 'app', 'index.js'))).toBe(true);
  });

  it('rejects after the compiler has ended if it is aborted', async () => {
    const stop = new AbortController();
    const building = build(join(folder, 'app'), {}, stop.signal);
    stop.abort();
    await expect(building).rejects.toThrow('The TypeScript compiler was ended by SIGKILL.');
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

  it('builds no secret into an app without a relay', async () => {
    await build(join(folder, 'app'), { relayUrl: '', registrationSecret: SECRET });
    const secretModule = readFileSync(join(folder, 'app', `${BUILT_IN_SECRET.module}.js`), 'utf8');
    expect(secretModule).toContain('export const BUILT_IN_SECRET = null;');
  });
});
