/**
 * The release of both kinds of app: Zapier's CLI, as npm installs it, runs against a fake of Zapier's developer API in a
 * copy of the project.
 */

import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';

import { startDeveloperApi, type DeveloperApi, type Version } from './developer-api.ts';
import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { hookEvent, type IncomingRequest } from '../local/zapier.ts';
import lesson from '../objects/samples/lesson.json' with { type: 'json' };
import ownPackage from '../package.json' with { type: 'json' };
import { PRIVATE_KEY } from './helpers.ts';
import { RELAY_ORIGIN, sealedEnvelope } from './sealed-envelope.ts';

const ROOT = resolve('.');
const SECRET = 'a-registration-secret-of-nobody';
/** Parts of a checkout that a fresh clone does not contain. */
const LEFT_OUT = /^(\.git|node_modules|dist|build|coverage|\.zapierapprc|app-kinds\.json|relay\/dist.*|.*\.sqlite.*)$/;
// A push installs the packages of the app.
jest.setTimeout(300_000);

let folder: string;
let project: string;
let api: DeveloperApi;
const socket = createServer();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-release-'));
  project = join(folder, 'project');
  const filter = (path: string) => !LEFT_OUT.test(relative(ROOT, path)) && !lstatSync(path).isSocket();
  cpSync(ROOT, project, { recursive: true, filter });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'), 'junction');
  // A relay that runs in the same checkout
  await once(socket.listen(join(project, 'relay/relay.sqlite.sock')), 'listening');
  api = await startDeveloperApi();
});
afterAll(async () => {
  socket.close();
  await api.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a shell command in the project as a developer who uses the fake. Returns its exit code and output. */
function run(command: string): Promise<{ readonly code: unknown; readonly output: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ZAPIER|RELAY|TUTORCRUNCHER|XDG)_/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    ...{ HOME: folder, npm_config_prefer_offline: 'true', FORCE_COLOR: '0', NO_UPDATE_NOTIFIER: '1' },
    ...{ ZAPIER_BASE_ENDPOINT: api.origin, ZAPIER_DEPLOY_KEY: api.deployKey, RELAY_REGISTRATION_SECRET: SECRET },
  };
  return new Promise((done) => {
    execFile('bash', ['-c', command], { cwd: project, env }, (error, stdout, stderr) => {
      done({ code: error?.code ?? 0, output: stdout + stderr });
    });
  });
}

/** Runs a command of Zapier's CLI, which must succeed. Returns its output. */
async function zapier(command: string): Promise<string> {
  const { code, output } = await run(`npm run --silent zapier -- ${command}`);
  expect([command, code, output]).toEqual([command, 0, output]);
  return output;
}

/** Sets up a new integration of a kind. Returns the integration and the pushed version. */
async function pushed(kind: string) {
  rmSync(join(project, '.zapierapprc'), { force: true });
  const { code, output } = await run(
    `unset RELAY_REGISTRATION_SECRET && echo ${SECRET} | npm run zapier -- setup ${kind}`,
  );
  expect([code, output]).toEqual([0, output]);
  expect(output).toContain('Push complete!');
  expect(output).not.toContain(SECRET);
  const integration = api.integrations.at(-1);
  const version = integration?.versions.get(ownPackage.version);
  if (!integration || !version) throw new Error('The fake did not receive the version.');
  return { integration, version };
}

const namesIn = (zip: Uint8Array): string[] => Object.keys(unzipSync(zip));

/** Extracts a zip into a new folder. Returns its path. */
function extracted(zip: Uint8Array): string {
  const target = mkdtempSync(join(folder, 'zip-'));
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    if (name.endsWith('/')) continue;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), bytes);
  }
  return target;
}

/** Runs the handler in a `build.zip` in a separate process, as Zapier does. Returns its results. */
function runZip(zip: Uint8Array, event: object): unknown {
  const script = `import { handler } from './zapierwrapper.js';
    const { results } = await handler(${JSON.stringify(event)});
    process.stdout.write(JSON.stringify(results));`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: extracted(zip), encoding: 'utf8' });
  return stdout === '' ? stderr : JSON.parse(stdout);
}

/** The files of the app in `build.zip`, apart from its packages. */
const OWN_FILE = /^(dist\/index\.js|package\.json|zapierwrapper\.js|definition\.json)$/;
const DEVELOPMENT = Object.keys(ownPackage.devDependencies).map((name) => `node_modules/${name}/`);
/** Maximum number of files in `build.zip`. */
const MAX_FILES = 420;

/** Checks both zips of a version, and runs the trigger from `build.zip` on a request. */
function checkUpload({ buildZip, sourceZip }: Version, request: IncomingRequest): void {
  const names = namesIn(buildZip);
  expect(names.length).toBeLessThanOrEqual(MAX_FILES);
  const isOwn = (name: string): boolean =>
    name.startsWith('node_modules/') ? !DEVELOPMENT.some((path) => name.startsWith(path)) : OWN_FILE.test(name);
  expect(names.filter((name) => !isOwn(name))).toEqual([]);
  for (const name of namesIn(sourceZip)) {
    expect(name).toMatch(/^(creates|objects|scripts|searches|src|triggers|wire)\/|^[^/]+$/);
  }
  for (const [name, bytes] of [buildZip, sourceZip].flatMap((zip) => Object.entries(unzipSync(zip)))) {
    const content = strFromU8(bytes, true);
    expect([name, content.includes(SECRET), content.includes(api.deployKey)]).toEqual([name, false, false]);
  }
  expect(runZip(buildZip, hookEvent('lesson_completed', request, PRIVATE_KEY))).toMatchObject([
    { lesson_topic: 'Quadratic equations' },
  ]);
}

describe('a release', () => {
  it('pushes an app for pasted URLs, which cannot be promoted', async () => {
    const { version } = await pushed('pasted-url');
    checkUpload(version, requestFromTutorCruncher(lesson, PRIVATE_KEY));
    const promotion = await run(`npm run --silent zapier -- promote ${version.version} --yes`);
    expect(promotion).toMatchObject({ code: 2, output: expect.stringMatching(/Promotion failed[^]*D017/) });
  });

  it('pushes an app for a relay, which is promoted once the integration is public', async () => {
    const { integration, version } = await pushed(RELAY_ORIGIN);
    const { body, headers } = requestFromTutorCruncher(lesson, PRIVATE_KEY);
    const signature = headers['Webhook-Signature'] ?? '';
    const envelope = await sealedEnvelope(PRIVATE_KEY, { signature, contentType: 'application/json', body });
    checkUpload(version, { body: Buffer.from(envelope), headers: { 'Content-Type': 'application/json' } });

    expect(version.environment.get('RELAY_REGISTRATION_SECRET')).toBe(SECRET);
    expect(await zapier(`promote ${version.version} --yes`)).toContain('Your integration passes validation');
    integration.isPublic = true;
    expect(await zapier(`promote ${version.version} --yes`)).toContain('Promotion successful!');
    expect(integration.promoted).toBe(version.version);
  });

  it('is not set up with a malformed secret or another kind, and says how to continue', async () => {
    const setUp = 'npm run --silent zapier -- setup';
    const malformed = await run(`unset RELAY_REGISTRATION_SECRET && echo short | ${setUp} ${RELAY_ORIGIN}`);
    expect(malformed).toEqual({ code: 1, output: expect.stringContaining('at least 20 characters. Copy it from') });
    expect(await run(`${setUp} https://other.example.com`)).toEqual({
      code: 1,
      output: expect.stringMatching(
        /is built for the relay [^]*\nStep 3 failed\. Correct this, and run the same command/,
      ),
    });
    expect(await run(setUp)).toMatchObject({
      code: 1,
      output: expect.stringContaining('Usage: npm run zapier -- setup'),
    });
  });

  it('uploads the sources from which the same app is built', async () => {
    const version = api.integrations.at(-1)?.versions.get(ownPackage.version);
    if (!version) throw new Error('No version has been pushed.');
    const source = extracted(version.sourceZip);
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'), 'junction');
    expect(await run(`cd ${source} && npm run build`)).toMatchObject({ code: 0 });
    expect(readFileSync(join(source, 'build/app/dist/index.js'), 'utf8')).toBe(
      strFromU8(unzipSync(version.buildZip)['dist/index.js'] ?? new Uint8Array()),
    );
  });

  it.each(['npx zapier-platform push', 'node_modules/.bin/zapier-platform push'])(
    'is not pushed by "%s" at the root, which says what to run instead',
    async (command) => {
      const before = api.integrations.at(-1)?.versions.get(ownPackage.version);
      const { code, output } = await run(command);
      expect(code).not.toBe(0);
      expect(output).toMatch(/Run "npm run zapier -- push" instead\.\n/);
      expect(api.integrations.at(-1)?.versions.get(ownPackage.version)).toBe(before);
    },
  );
});
