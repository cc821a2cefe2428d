/**
 * The build, and the built app in a separate process. The built app behaves like the sources, and its import does no
 * work that can wait.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import lesson from '../../objects/samples/lesson.json' with { type: 'json' };
import { relayOrigin } from '../../scripts/app-kind.ts';
import { build } from '../../scripts/build.ts';
import { RELAY_ORIGIN, sealedEnvelope } from '../support/sealed-envelope.ts';

/** V8's report about a loaded module. */
interface LoadedModule {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}

const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-built-app-test-'));
const [BUILT_APP = '', RELAYED_APP = ''] = ['app', 'relayed'].map(
  (name) => pathToFileURL(join(folder, name, 'index.js')).href,
);
beforeAll(async () => {
  // Node.js looks for packages in the folders above a file's real path.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  mkdirSync(join(folder, 'app'));
  writeFileSync(join(folder, 'app/earlier.js'), '');
  await build(join(folder, 'app'), null);
  await build(join(folder, 'relayed'), RELAY_ORIGIN);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a script in a new process and returns its output. */
function run(script: string, env: NodeJS.ProcessEnv = {}): string {
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout;
}

/** Returns the files that are loaded with a module, with the number of calls of each of their functions. */
function modulesLoadedBy(specifier: string): LoadedModule[] {
  const directory = mkdtempSync(join(folder, 'coverage-'));
  run(`await import(${JSON.stringify(specifier)});`, { NODE_V8_COVERAGE: directory });
  return readdirSync(directory).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as { result: LoadedModule[] };
    return result.filter(({ url }) => url.startsWith('file:'));
  });
}

const stringified = (definition: string): string =>
  `JSON.stringify(${definition}, (_, value) => (typeof value === 'function' ? 'function' : value))`;

describe('the build', () => {
  it.each([
    ['app', 'null'],
    ['relayed', `"${RELAY_ORIGIN}"`],
  ])('writes one readable file into %s, with the URL %s, and deletes others', (name, url) => {
    const content = readFileSync(join(folder, name, 'index.js'), 'utf8');
    expect(/^var RELAY_URL = .*$/m.exec(content)?.[0]).toContain(url);
    expect(content).toContain('\n// src/instant/trigger.ts\n');
    expect(readdirSync(join(folder, name))).toEqual(['index.js']);
  });

  it.each([
    ['relay.example.com', 'RELAY_URL must be the origin of a relay, such as https://relay.example.com'],
    ['https://relay.example.com/hooks', 'RELAY_URL must be the origin of a relay'],
    ['https://user@relay.example.com', 'RELAY_URL must be the origin of a relay'],
    ['http://relay.example.com', 'RELAY_URL must begin with https://'],
  ])('refuses the relay URL %s', (url, message) => {
    expect(() => relayOrigin(url)).toThrow(message);
  });
});

describe('the built app', () => {
  let loaded: LoadedModule[];
  beforeAll(() => {
    loaded = modulesLoadedBy(BUILT_APP);
  });

  it('has the same definition as the sources', () => {
    const built = run(`import app from '${BUILT_APP}'; console.log(${stringified('app')});`);
    const source = JSON.stringify(app, (_, value: unknown) => (typeof value === 'function' ? 'function' : value));
    expect(JSON.parse(built)).toEqual(JSON.parse(source));
    expect(built.trim()).toBe(source);
  });

  it('opens the sealed deliveries of the relay that it is built for', async () => {
    const { body, headers } = requestFromTutorCruncher(lesson, PRIVATE_KEY);
    const signature = headers['Webhook-Signature'] ?? '';
    const content = await sealedEnvelope(PRIVATE_KEY, { signature, contentType: 'application/json', body });
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {}, rawRequest: { content, headers: {} } };
    const output = run(`import app from '${RELAYED_APP}';
      const [record] = await app.triggers.lesson_completed.operation.perform({}, ${JSON.stringify(bundle)});
      console.log(record.lesson_topic);`);
    expect(output.trim()).toBe('Quadratic equations');
  });

  it('loads only one file besides the files of zapier-platform-core', () => {
    const ofCore = new Set(modulesLoadedBy('zapier-platform-core').map(({ url }) => url));
    expect(ofCore.size).toBeGreaterThan(100);
    expect(loaded.map(({ url }) => url).filter((url) => !ofCore.has(url))).toEqual([BUILT_APP]);
  });

  it('computes no record, layout or time zone when it is imported', () => {
    const functions = loaded.find(({ url }) => url === BUILT_APP)?.functions ?? [];
    const calls = (name: string) =>
      functions.filter(({ functionName }) => functionName === name).map(({ ranges: [whole] }) => whole?.count);
    expect(calls('triggersAbout')).toEqual([expect.any(Number)]);
    for (const name of ['flattenEvent', 'flattenSubject', 'layoutOf', 'timeZoneNamed', 'outputFieldsOf']) {
      expect([name, calls(name)]).toEqual([name, [0]]);
    }
    // Each definition takes about 22 calls. A sample would take hundreds.
    const steps = [app.triggers, app.searches, app.creates].flatMap((group) => Object.keys(group)).length;
    const total = functions.reduce((sum, { ranges: [whole] }) => sum + (whole?.count ?? 0), 0);
    expect(total).toBeLessThan(40 * steps);
  });
});
