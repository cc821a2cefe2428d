/**
 * `npm run _zapier-build`: builds the app for `zapier-platform build`, `push` and `validate`, which run this script
 * first. If the kind of the app would change, a push fails here, before anything is uploaded.
 */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { relayOfBuild } from './app-kind.ts';
import { BuildFailed } from './build-constants.ts';
import { build } from './build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

try {
  // An upload never contains the registration secret. Zapier stores it in the app's environment, where it can be
  // replaced.
  await build(join(ROOT, 'dist'), { relayUrl: relayOfBuild(ROOT, process.env) ?? undefined });
} catch (error) {
  if (!(error instanceof BuildFailed)) throw error;
  console.error(error.message);
  process.exit(1);
}
