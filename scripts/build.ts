/**
 * `npm run build`: compiles the app into dist/. With `RELAY_URL` in the environment the built app subscribes at that
 * relay: the value is written into a module of it, so that nothing has to be set where it runs.
 */

import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The app can't be built: the message says why. */
export class BuildFailed extends Error {}

/**
 * A relay's URL as the app needs it.
 *
 * @throws {BuildFailed} when it is no origin, or not a secure one out on the network
 */
export function relayOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    throw new BuildFailed(`RELAY_URL must be the origin of a relay, such as https://relay.example.com, not "${text}".`);
  }
  if (url.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw new BuildFailed("RELAY_URL must begin with https://: children's data go through it.");
  }
  return url.origin;
}

/**
 * Builds the app.
 *
 * @param relayUrl - the relay to subscribe at; none for pasted URLs
 * @throws {BuildFailed}
 */
export function build(outDir: string, relayUrl: string | undefined): void {
  const relay = relayUrl ? relayOrigin(relayUrl) : null;
  // The compiler leaves the output of deleted source files in place, and the upload to Zapier would include it.
  rmSync(outDir, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout, error } = spawnSync(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (error ?? status !== 0) throw new BuildFailed(`The app does not compile:\n${error?.message ?? stdout}`);
  writeFileSync(join(outDir, 'src', 'hooks', 'relay-url.js'), `export const RELAY_URL = ${JSON.stringify(relay)};\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build(join(ROOT, 'dist'), process.env.RELAY_URL);
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
