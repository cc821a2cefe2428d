/**
 * The release of both kinds of app: Zapier's CLI, as npm installs it, runs against a fake of Zapier's developer API in
 * a copy of the project.
 */

import { execFile, spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { strFromU8, unzipSync, type Unzipped } from 'fflate';

import { startDeveloperApi, type DeveloperApi, type Version } from '../../local/zapier-developer-api.ts';
import type { IncomingRequest } from '../../local/zapier-headers.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { hookEvent } from '../../local/app-runner.ts';
import lesson from '../../objects/samples/lesson.json' with { type: 'json' };
import ownPackage from '../../package.json' with { type: 'json' };
import { RELAY_ORIGIN, sealedEnvelope } from '../support/sealed-envelope.ts';

const ROOT = resolve('.');
const SECRET = 'a-registration-secret-of-nobody';
/** Parts of a checkout that a fresh clone does not contain. */
const LEFT_OUT = /^(\.git|node_modules|dist|build|coverage|\.zapierapprc|app-kinds\.json|relay\/dist.*|.*\.sqlite.*)$/;
// A push installs the packages of the app.
jest.setTimeout(300_000);

let folder: string;
let project: string;
let api: DeveloperApi;

/**
 * Program that runs instead of npm. When Zapier's CLI installs the packages of the app, the program links the packages
 * in the app's lockfile from this checkout. It passes all other commands on to npm.
 */
const NPM = `#!/bin/sh
[ "$*" = 'install --production' ] || exec "$(PATH="\${PATH##*/fake-npm:}" command -v npm)" "$@"
packages=$(node -p "
  const { packages } = require('./package-lock.json');
  Object.keys(packages).filter((path) => path !== '' && !packages[path].dev).join(' ');
")
target=$PWD
cd ${ROOT}
# Links are faster than copies, but need both folders on one disk.
cp -a --link --parents $packages "$target" || cp -a --parents $packages "$target"
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-release-'));
  mkdirSync(join(folder, 'fake-npm'));
  writeFileSync(join(folder, 'fake-npm/npm'), NPM, { mode: 0o755 });
  project = join(folder, 'project');
  const filter = (path: string) => !LEFT_OUT.test(relative(ROOT, path)) && !lstatSync(path).isSocket();
  cpSync(ROOT, project, { recursive: true, filter });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'), 'junction');
  api = await startDeveloperApi();
});
afterAll(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a shell command in the project as a developer who uses the fake. Returns its exit code and output. */
function run(command: string): Promise<{ readonly code: unknown; readonly output: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ZAPIER|RELAY|TUTORCRUNCHER|XDG)_/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    HOME: folder,
    PATH: `${join(folder, 'fake-npm')}:${process.env.PATH ?? ''}`,
    npm_config_prefer_offline: 'true',
    FORCE_COLOR: '0',
    NO_UPDATE_NOTIFIER: '1',
    ZAPIER_BASE_ENDPOINT: api.origin,
    ZAPIER_DEPLOY_KEY: api.deployKey,
    RELAY_REGISTRATION_SECRET: SECRET,
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

/** Command that sets up the app without npm. Tests use it for set-ups that are refused. */
const SET_UP = `'${process.execPath}' --disable-warning=ExperimentalWarning scripts/zapier.ts setup`;

/** Returns the newest integration, and its version; undefined if it has not been pushed. */
const latest = () => ({
  integration: api.integrations.at(-1),
  version: api.integrations.at(-1)?.versions.get(ownPackage.version),
});

/** Sets up the integration as a kind. Returns the integration, the pushed version and the output. */
async function pushed(kind: string) {
  rmSync(join(project, 'app-kinds.json'), { force: true });
  const { code, output } = await run(
    `unset RELAY_REGISTRATION_SECRET && echo ${SECRET} | npm run zapier -- setup ${kind}`,
  );
  expect([code, output]).toEqual([0, output]);
  expect(output).toContain('Push complete!');
  expect(output).not.toContain(SECRET);
  const { integration, version } = latest();
  if (!integration || !version) throw new Error('The fake did not receive the version.');
  return { integration, version, output };
}

/** Writes the files of a zip into a new folder. Returns its path. */
function extracted(files: Unzipped): string {
  const target = mkdtempSync(join(folder, 'zip-'));
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith('/')) continue;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), bytes);
  }
  return target;
}

/** Runs the handler in a `build.zip` in a separate process, as Zapier does. Returns its results. */
function runBuild(files: Unzipped, event: object): unknown {
  const script = `import { handler } from './zapierwrapper.js';
    const { results } = await handler(${JSON.stringify(event)});
    process.stdout.write(JSON.stringify(results));`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: extracted(files), encoding: 'utf8' });
  return stdout === '' ? stderr : JSON.parse(stdout);
}

/** The files of `build.zip`: the files of the app, and its packages. */
const BUILT_FILE = /^(dist\/index\.js|package\.json|zapierwrapper\.js|definition\.json|node_modules\/.*)$/;
const SOURCE_FILE = /^((creates|objects|scripts|searches|src|triggers|wire)\/.*|[^/]+)$/;
const DEVELOPMENT = Object.keys(ownPackage.devDependencies).map((name) => `node_modules/${name}/`);
/** Maximum number of files in `build.zip`. */
const MAX_FILES = 420;

/** Checks both zips of a version, and runs the trigger from `build.zip` on a request. */
function checkUpload({ buildZip, sourceZip }: Version, request: IncomingRequest): void {
  const [built, sources] = [unzipSync(buildZip), unzipSync(sourceZip)];
  const names = Object.keys(built);
  expect(names.length).toBeLessThanOrEqual(MAX_FILES);
  expect(names.filter((name) => !BUILT_FILE.test(name))).toEqual([]);
  expect(names.filter((name) => DEVELOPMENT.some((path) => name.startsWith(path)))).toEqual([]);
  expect(Object.keys(sources).filter((name) => !SOURCE_FILE.test(name))).toEqual([]);
  for (const [name, bytes] of [built, sources].flatMap(Object.entries<Uint8Array>)) {
    const content = strFromU8(bytes, true);
    expect([name, content.includes(SECRET), content.includes(api.deployKey)]).toEqual([name, false, false]);
  }
  expect(runBuild(built, hookEvent('lesson_completed', request, PRIVATE_KEY))).toMatchObject([
    { lesson_topic: 'Quadratic equations' },
  ]);
}

describe('a release', () => {
  it('pushes an app for pasted URLs, and prints the check that forbids to promote it', async () => {
    const { version, output } = await pushed('pasted-url');
    checkUpload(version, requestFromTutorCruncher(lesson, PRIVATE_KEY));
    expect(output.match(/.*D017.*/g)).toEqual([
      '- Static webhooks are not permitted in public integrations. (D017) This is expected for each trigger of a private app ' +
        'with pasted webhook URLs.',
    ]);
    expect(output.match(/^==> Step.*/gm)).toEqual([
      '==> Step 1 of 4: log in to Zapier',
      '==> Step 2 of 4: register the app',
      '==> Step 3 of 4: record how Zaps receive webhooks',
      '==> Step 4 of 4: push the app',
    ]);
  });

  it('pushes an app for a relay, which is promoted once the integration is public', async () => {
    const { integration, version } = await pushed(RELAY_ORIGIN);
    // The same command continues with a project that is registered.
    expect(api.integrations).toHaveLength(1);
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
    const malformed = await run(`unset RELAY_REGISTRATION_SECRET && echo short | ${SET_UP} ${RELAY_ORIGIN}`);
    expect(malformed).toEqual({ code: 1, output: expect.stringContaining('at least 20 characters. Copy it from') });
    expect(await run(`${SET_UP} https://other.example.com`)).toEqual({
      code: 1,
      output: expect.stringMatching(
        /is built for the relay [^]*\nStep 4 failed\. Correct this, and run the same command/,
      ),
    });
    expect(await run(SET_UP)).toMatchObject({
      code: 1,
      output: expect.stringContaining('Usage: npm run zapier -- setup'),
    });
  });

  it('checks the URL before anything is registered, and asks for the deploy key before the secret', async () => {
    const setUp = `export ZAPIER_CURRENT_APP_FILE=unregistered && unset RELAY_REGISTRATION_SECRET && ${SET_UP}`;
    const { length } = api.integrations;
    for (const [url, message] of [
      ['https://relay.example.com/path', 'The URL of the relay must be the origin of a relay, such as'],
      ['http://relay.example.com', 'The URL of the relay must begin with https://'],
      ['relay.example.com', 'The kind of an app is "pasted-url" or the URL of a relay'],
    ] as const) {
      const { code, output } = await run(`${setUp} ${url}`);
      expect([url, code, output]).toEqual([url, 1, expect.stringContaining(message)]);
      expect(output).not.toContain('==> Step');
    }
    const noKey = await run(`unset ZAPIER_DEPLOY_KEY && ${setUp} ${RELAY_ORIGIN} </dev/null`);
    expect(noKey).toEqual({
      code: 1,
      output: expect.stringMatching(/no terminal in which to enter a deploy key\. [^]*Step 1 failed/),
    });
    expect(await run(`${setUp} ${RELAY_ORIGIN} </dev/null`)).toEqual({
      code: 1,
      output: expect.stringMatching(/No secret was entered\. [^]*Step 2 failed\. Correct this/),
    });
    expect(api.integrations).toHaveLength(length);
  });

  it('ends with a sentence on Ctrl-C', async () => {
    const setUp = `npm run --silent zapier -- setup ${RELAY_ORIGIN}`;
    // `script` provides a terminal, in which the byte 3 is Ctrl-C.
    const { code, output } = await run(
      `unset RELAY_REGISTRATION_SECRET; mkfifo keys; (exec 3>keys; while ! grep -q 'Registration secret' shown; do sleep 0.1; done; ` +
        `printf '\\003' >&3) & script --quiet --return --flush --command '${setUp}' shown <keys`,
    );
    expect(output).toMatch(/No secret was entered\. |Interrupted\. /);
    expect(code).not.toBe(0);
  });

  it('uploads the sources from which the same app is built', async () => {
    const { version } = latest();
    if (!version) throw new Error('No version has been pushed.');
    const source = extracted(unzipSync(version.sourceZip));
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'), 'junction');
    expect(await run(`cd ${source} && npm run build`)).toMatchObject({ code: 0 });
    expect(readFileSync(join(source, 'build/app/dist/index.js'), 'utf8')).toBe(
      strFromU8(unzipSync(version.buildZip)['dist/index.js'] ?? new Uint8Array()),
    );
  });

  it.each(['npx zapier-platform push', 'node_modules/.bin/zapier-platform push'])(
    'is not pushed by "%s" at the root, which says what to run instead',
    async (command) => {
      const { version } = latest();
      const { code, output } = await run(command);
      expect(code).not.toBe(0);
      expect(output).toMatch(/Run "npm run zapier -- push" instead\.\n/);
      expect(latest().version).toBe(version);
    },
  );
});
