/**
 * `npm run build`: compiles the app into dist/. If the environment sets `RELAY_URL`, the built app subscribes at that
 * relay. The value is written into the compiled app because Zapier gives the app no such environment variable.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Module that contains the relay's URL, as a path without its extension. The build changes the compiled module. */
export const RELAY_URL_MODULE = 'src/hooks/relay-url';
const declarationOf = (relayUrl: string | null): string => `export const RELAY_URL = ${JSON.stringify(relayUrl)};`;

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
 * Sets the relay's URL in a compiled app.
 *
 * @param outDir - folder of the compiled app
 * @param relayUrl - origin of the relay, null for webhook URLs that users paste
 * @throws {BuildFailed} if the app would not read the URL, for example because the module has moved
 */
export function setRelayUrl(outDir: string, relayUrl: string | null): void {
  const path = resolve(outDir, `${RELAY_URL_MODULE}.js`);
  const hint = 'Correct RELAY_URL_MODULE in scripts/build.ts.';
  if (!existsSync(path)) throw new BuildFailed(`The compiled app has no module ${RELAY_URL_MODULE}.js. ${hint}`);
  const compiled = readFileSync(path, 'utf8');
  const declaration = declarationOf(null);
  if (compiled.split(declaration).length !== 2) {
    throw new BuildFailed(`${RELAY_URL_MODULE}.js does not contain "${declaration}" exactly once. ${hint}`);
  }
  if (!modulesLoadedBy(join(outDir, 'index.js')).has(path)) {
    throw new BuildFailed(`The compiled app does not load ${RELAY_URL_MODULE}.js. ${hint}`);
  }
  writeFileSync(
    path,
    compiled.replace(declaration, () => declarationOf(relayUrl)),
  );
}

/**
 * Builds the app.
 *
 * @param outDir - folder to write the app to; its previous contents are deleted
 * @param relayUrl - URL of the relay to subscribe at, empty or undefined for webhook URLs that users paste
 * @param stop - ends the build when aborted
 * @throws {BuildFailed} if the app cannot be built
 */
export async function build(outDir: string, relayUrl: string | undefined, stop?: AbortSignal): Promise<void> {
  const relay = relayUrl ? relayOrigin(relayUrl) : null;
  // The compiler keeps the output of source files that no longer exist, and the upload to Zapier would include it.
  rmSync(outDir, { recursive: true, force: true });
  await compile(outDir, stop);
  setRelayUrl(outDir, relay);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build(join(ROOT, 'dist'), process.env.RELAY_URL);
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
