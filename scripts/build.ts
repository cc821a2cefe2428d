/**
 * `npm run build`: compiles the app into dist/. If the environment sets `RELAY_URL`, the built app subscribes at that
 * relay. The value is written into the compiled app because Zapier gives the app no such environment variable. With
 * `RELAY_REGISTRATION_SECRET`, the built app also contains the secret for that relay.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isRegistrationSecret } from '../wire/relay-api.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A constant of the app whose value the build sets in the compiled module. */
export interface BuildConstant {
  readonly name: string;
  /** Path of the module without its extension. */
  readonly module: string;
}

/** The public origin of the relay; null for webhook URLs that users paste. */
export const RELAY_URL: BuildConstant = { name: 'RELAY_URL', module: 'src/hooks/relay-url' };
/** The registration secret of the relay; null to build in none. */
export const BUILT_IN_SECRET: BuildConstant = { name: 'BUILT_IN_SECRET', module: 'src/hooks/registration-secret' };

const declarationOf = (name: string, value: string | null): string =>
  `export const ${name} = ${JSON.stringify(value)};`;

/** A failed build. The message says what to correct. */
export class BuildFailed extends Error {}

/**
 * Returns the origin of a relay's URL.
 *
 * @throws {BuildFailed} if the URL is not an origin, or is not an HTTPS or loopback URL
 */
export function relayOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    // Text with an @ may contain a password, so the message does not quote it.
    const quoted = text.includes('@') ? '' : `, not "${text}"`;
    throw new BuildFailed(`RELAY_URL must be the origin of a relay, such as https://relay.example.com${quoted}.`);
  }
  if (url.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw new BuildFailed("RELAY_URL must begin with https://, because the relay receives children's data.");
  }
  return url.origin;
}

/** Checks a registration secret. @throws {BuildFailed} if the relay would not accept it */
export function checkedSecret(text: string): string {
  if (isRegistrationSecret(text)) return text;
  throw new BuildFailed(
    'RELAY_REGISTRATION_SECRET must have at least 20 characters, only letters, digits and punctuation, and no comma. ' +
      'Copy one of the secrets in the configuration of the relay.',
  );
}

/** Runs the TypeScript compiler. On abort, rejects after the compiler has ended, so that it writes no further files. */
function compile(outDir: string, stop: AbortSignal | undefined): Promise<void> {
  return new Promise((fulfil, reject) => {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiler = spawn(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir], {
      cwd: ROOT,
      // The compile cache would stay in the temporary folder, and it saves no measurable time.
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [compiler.stdout, compiler.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    const kill = () => {
      compiler.kill('SIGKILL');
    };
    if (stop?.aborted) kill();
    stop?.addEventListener('abort', kill, { once: true });
    compiler.once('error', (error) => {
      reject(new BuildFailed(`Could not run the TypeScript compiler: ${error.message}`));
    });
    compiler.once('close', (code, signal) => {
      stop?.removeEventListener('abort', kill);
      if (code === 0) fulfil();
      else if (signal) reject(new BuildFailed(`The TypeScript compiler was ended by ${signal}. Build again.`));
      else reject(new BuildFailed(`The app does not compile:\n${output}`));
    });
  });
}

/** Returns the paths of all local modules that a compiled module loads, directly or indirectly, including itself. */
function modulesLoadedBy(entry: string): Set<string> {
  const modules = new Set<string>();
  const add = (path: string): void => {
    if (modules.has(path) || !existsSync(path)) return;
    modules.add(path);
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(
      /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+\.js)["']/g,
    )) {
      add(resolve(dirname(path), specifier));
    }
  };
  add(resolve(entry));
  return modules;
}

/**
 * Sets a constant in a compiled app.
 *
 * @param outDir - folder of the compiled app
 * @throws {BuildFailed} if the app would not read the value, for example because the module has moved
 */
export function setConstant(outDir: string, { name, module }: BuildConstant, value: string | null): void {
  const path = resolve(outDir, `${module}.js`);
  const hint = `Correct the module of ${name} in scripts/build.ts.`;
  if (!existsSync(path)) throw new BuildFailed(`The compiled app has no module ${module}.js. ${hint}`);
  const compiled = readFileSync(path, 'utf8');
  const declaration = declarationOf(name, null);
  if (compiled.split(declaration).length !== 2) {
    throw new BuildFailed(`${module}.js does not contain "${declaration}" exactly once. ${hint}`);
  }
  if (!modulesLoadedBy(join(outDir, 'index.js')).has(path)) {
    throw new BuildFailed(`The compiled app does not load ${module}.js. ${hint}`);
  }
  writeFileSync(
    path,
    compiled.replace(declaration, () => declarationOf(name, value)),
  );
}

/** Settings that are built into the app. */
export interface BuildSettings {
  /** URL of the relay to subscribe at, empty or undefined for webhook URLs that users paste. */
  readonly relayUrl?: string | undefined;
  /** Registration secret of the relay, empty or undefined to build in none. Ignored without a relay. */
  readonly registrationSecret?: string | undefined;
}

/**
 * Builds the app.
 *
 * @param outDir - folder to write the app to; its previous contents are deleted
 * @param stop - ends the build when aborted
 * @throws {BuildFailed} if the app cannot be built
 */
export async function build(outDir: string, settings: BuildSettings, stop?: AbortSignal): Promise<void> {
  const relay = settings.relayUrl ? relayOrigin(settings.relayUrl) : null;
  const secret = relay !== null && settings.registrationSecret ? checkedSecret(settings.registrationSecret) : null;
  // The compiler keeps the output of source files that no longer exist, and the upload to Zapier would include it.
  rmSync(outDir, { recursive: true, force: true });
  await compile(outDir, stop);
  setConstant(outDir, RELAY_URL, relay);
  setConstant(outDir, BUILT_IN_SECRET, secret);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { RELAY_URL: relayUrl, RELAY_REGISTRATION_SECRET: registrationSecret } = process.env;
    await build(join(ROOT, 'dist'), { relayUrl, registrationSecret });
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
