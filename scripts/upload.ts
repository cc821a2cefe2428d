/** The zip that a push uploads: the check of its contents, and a run of the app in it as at Zapier. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';

import { unzipSync } from 'fflate';

import ownPackage from '../package.json' with { type: 'json' };

/** Maximum number of files in `build.zip`. */
const MAX_FILES = 420;
/** The files of the app, apart from its packages. */
const OWN_FILE = /^(dist\/index\.js|package\.json|zapierwrapper\.js|definition\.json)$/;

/**
 * Checks that a zip contains the app and its packages, and nothing else.
 *
 * @throws {Error} if the zip contains too many files, files that do not belong to the app, or development packages
 */
export function checkContents(names: readonly string[]): void {
  if (names.length > MAX_FILES) throw new Error(`The zip contains ${names.length} files, more than ${MAX_FILES}.`);
  const isDevelopment = (name: string): boolean =>
    Object.keys(ownPackage.devDependencies).some((dependency) => name.startsWith(`node_modules/${dependency}/`));
  const stray = names.filter((name) => (name.startsWith('node_modules/') ? isDevelopment(name) : !OWN_FILE.test(name)));
  if (stray.length > 0) throw new Error(`The zip contains files that are not part of the app: ${stray.join(', ')}`);
}

/** Extracts a zip into a folder. */
export function extract(zip: Uint8Array, folder: string): void {
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    const path = join(folder, ...name.split('/'));
    if (name.endsWith('/') || !path.startsWith(folder + sep)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

/**
 * Runs the handler in a `build.zip`, extracted into an empty folder, in a separate process.
 *
 * @param event - an event in the format of Zapier's Lambda function
 * @returns the results of the handler
 * @throws {Error} if the handler fails
 */
export function runZip(zip: Uint8Array, event: object): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-upload-'));
  try {
    extract(zip, folder);
    const script = `import { handler } from './zapierwrapper.js';
      const { results } = await handler(${JSON.stringify(event)});
      process.stdout.write(JSON.stringify(results));`;
    const args = ['--input-type=module', '--eval', script];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`The app in the zip failed. ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
