/** The built app and the built relay of a snapshot, in a folder of a test. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { App } from '../local/app-runner.ts';
import { ORIGIN } from '../relay/harness/sample-delivery.ts';

/** Prepares a folder in which built code finds the installed packages. */
export function prepareFolder(folder: string): void {
  // Node.js looks for packages in the folders above a file's real path.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  // Jest loads the files as ES modules only if a `package.json` has the type `module`.
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
}

/**
 * Loads the bundle of an app, with its relay URL replaced by `origin`.
 *
 * @param name - a name that no other file in the folder has
 */
export async function loadApp(folder: string, name: string, bundle: string, origin = ORIGIN): Promise<App> {
  const code = bundle.replace(/^var RELAY_URL = .*$/m, (line) => line.replaceAll(ORIGIN, origin));
  if (!code.includes(`"${origin}"`)) throw new Error('The bundle is not built for the relay of the snapshots.');
  const path = join(folder, `${name}.js`);
  writeFileSync(path, code);
  return ((await import(pathToFileURL(path).href)) as { default: App }).default;
}

/** Writes the files of a built relay. Returns the path of its folder. */
export function unpackRelay(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'relay', path)), { recursive: true });
    writeFileSync(join(folder, 'relay', path), text);
  }
  return join(folder, 'relay');
}
