/** The zip that a push uploads: its contents and its extraction. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

import { unzipSync } from 'fflate';

import ownPackage from '../package.json' with { type: 'json' };
import relayPackage from '../relay/package.json' with { type: 'json' };

/** The packages that the bundled app imports, and Node.js's own modules. */
const IMPORTED = /(?:^import .* from |\bimport\()"([^"]+)"/gm;

/**
 * Checks that the zip contains the app and the packages that it loads, and nothing else.
 *
 * @param names - names of the files in the zip
 * @param folder - the folder that the zip was extracted into
 * @throws {Error} if a part of the app is missing, or if the zip contains other files or packages of the relay
 */
export function checkContents(names: readonly string[], folder: string): void {
  const own = names.filter((name) => !name.startsWith('node_modules/'));
  const stray = own.filter(
    (name) => !/^(dist\/.*\.js(on)?|package\.json|zapierwrapper\.js|definition\.json)$/.test(name),
  );
  if (stray.length > 0) throw new Error(`The zip contains files that are not part of the app: ${stray.join(', ')}`);
  const packages = names.flatMap((name) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []);
  const ofRelay = packages.filter(
    (name) => name === relayPackage.name || (name in relayPackage.dependencies && !(name in ownPackage.dependencies)),
  );
  if (ofRelay.length > 0)
    throw new Error(`The zip contains packages of the relay: ${[...new Set(ofRelay)].join(', ')}`);
  if (!own.includes('dist/index.js')) throw new Error('The zip does not contain dist/index.js.');
  const app = readFileSync(join(folder, 'dist/index.js'), 'utf8');
  const imported = Array.from(app.matchAll(IMPORTED), ([, name = '']) => name);
  const missing = imported.filter((name) => !name.startsWith('node:') && !packages.includes(name));
  if (missing.length > 0) throw new Error(`The zip lacks packages that the app loads: ${missing.join(', ')}`);
}

/**
 * Extracts a zip into a folder.
 *
 * @returns the names of the files in the zip
 */
export function extract(zip: Uint8Array, folder: string): string[] {
  const files = unzipSync(zip);
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, ...name.split('/'));
    if (name.endsWith('/') || !path.startsWith(folder + sep)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return Object.keys(files);
}
