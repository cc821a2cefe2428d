import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { build, BuildFailed, RELAY_URL_MODULE, relayOrigin, setRelayUrl } from '../scripts/build.ts';

const RELAY = 'https://relay.example.com';
const UNSET = 'export const RELAY_URL = null;\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-build-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Writes compiled modules, as the compiler would. */
function compiledApp(modules: Record<string, string>): void {
  for (const [name, source] of Object.entries(modules)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
  }
}

const compiledModule = `${RELAY_URL_MODULE}.js`;
const app = { 'index.js': "import './src/hook.js';\n", 'src/hook.js': `export * from '../${compiledModule}';\n` };

describe('setRelayUrl', () => {
  it('sets the URL in the module that the app loads, and keeps the rest of the module', () => {
    compiledApp({ ...app, [compiledModule]: `${UNSET}export const OTHER = 1;\n` });
    setRelayUrl(folder, RELAY);
    expect(readFileSync(join(folder, compiledModule), 'utf8')).toBe(
      `export const RELAY_URL = "${RELAY}";\nexport const OTHER = 1;\n`,
    );
  });

  it('finds a module that is only loaded on demand', () => {
    compiledApp({ 'index.js': `await import("./${compiledModule}");\n`, [compiledModule]: UNSET });
    expect(() => {
      setRelayUrl(folder, RELAY);
    }).not.toThrow();
  });

  it.each([null, RELAY])('fails if the module has moved (relay: %s)', (relayUrl) => {
    compiledApp({ 'index.js': "import './src/moved.js';\n", 'src/moved.js': UNSET });
    const set = () => {
      setRelayUrl(folder, relayUrl);
    };
    expect(set).toThrow(BuildFailed);
    expect(set).toThrow(`The compiled app has no module ${compiledModule}. Correct RELAY_URL_MODULE`);
  });

  it('fails if the app loads another module instead', () => {
    compiledApp({ 'index.js': "import './src/moved.js';\n", 'src/moved.js': UNSET, [compiledModule]: UNSET });
    expect(() => {
      setRelayUrl(folder, RELAY);
    }).toThrow(`The compiled app does not load ${compiledModule}.`);
    expect(readFileSync(join(folder, compiledModule), 'utf8')).toBe(UNSET);
  });

  it.each(['export const RELAY_ORIGIN = null;\n', UNSET + UNSET])(
    'fails if the module does not declare RELAY_URL once: %j',
    (source) => {
      compiledApp({ ...app, [compiledModule]: source });
      expect(() => {
        setRelayUrl(folder, RELAY);
      }).toThrow(`${compiledModule} does not contain "export const RELAY_URL = null;" exactly once.`);
    },
  );
});

describe('build', () => {
  it('sets the URL that the app in this repository loads', async () => {
    await build(join(folder, 'app'), `${RELAY}/`);
    expect(readFileSync(join(folder, 'app', compiledModule), 'utf8')).toContain(`export const RELAY_URL = "${RELAY}";`);
    expect(existsSync(join(folder, 'app', 'index.js'))).toBe(true);
  });

  it('rejects after the compiler has ended if it is aborted', async () => {
    const stop = new AbortController();
    const building = build(join(folder, 'app'), undefined, stop.signal);
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
});
