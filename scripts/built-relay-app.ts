/** The app built for a relay, in a temporary folder. */

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from './build.ts';

/**
 * Builds the app for a relay and imports it. The folder is deleted only at the end of the process, because the app
 * imports packages when it needs them.
 *
 * @param origin - the relay's public origin
 * @returns the exports of the built app
 */
export async function importRelayApp(origin: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-bench-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true });
  });
  // Node.js looks for packages in the folders above a file's real path.
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'), 'junction');
  await build(join(folder, 'app'), { relayUrl: origin });
  return import(pathToFileURL(join(folder, 'app', 'index.js')).href);
}
