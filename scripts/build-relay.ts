/**
 * `npm run build:relay`: builds the relay's code, its migrations and schemas, and the console's page into
 * `relay/dist/`. A bundled relay starts in two thirds of the time, because it does not load the compiler that removes
 * types from TypeScript (docs/performance.md). The code is not minified, and a comment names the module of each part,
 * so that stack traces are readable. With `--if-outdated`, the relay is built only if a source has changed.
 */

import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundle, FOR_NODE, ROOT, runScript } from './bundle.ts';
import { bundleConsole } from './console.ts';
import { hashOfRelaySources } from './relay-sources.ts';

const DIST = join(ROOT, 'relay/dist');
/** Name of the file of a build that contains the hash of its sources. */
const HASH_FILE = 'sources.sha256';

function isCurrent(): boolean {
  const file = join(DIST, HASH_FILE);
  return existsSync(file) && readFileSync(file, 'utf8').trim() === hashOfRelaySources(ROOT);
}

/** Builds the relay into a folder. @throws {BuildFailed} if there is an error in a source */
async function buildInto(folder: string): Promise<void> {
  // Compute the hash before the build, so that a build during which a source changes counts as outdated.
  const hash = hashOfRelaySources(ROOT);
  mkdirSync(join(folder, 'console'), { recursive: true });
  for (const [name, contents] of await bundleConsole()) writeFileSync(join(folder, 'console', name), contents);
  for (const name of ['migrations', 'schema']) {
    cpSync(join(ROOT, 'relay/store', name), join(folder, name), { recursive: true });
  }
  const files = await bundle('relay', {
    ...FOR_NODE,
    // The module `run` is a separate file, so that measurements can start a relay with different limits.
    entryPoints: { main: 'relay/main.ts', run: 'relay/run.ts', 'sqlite-worker': 'relay/store/sqlite/sqlite-worker.ts' },
    outdir: folder,
    // Modules that are imported on demand stay separate files.
    splitting: true,
  });
  for (const { path, contents } of files) writeFileSync(path, contents);
  writeFileSync(join(folder, HASH_FILE), `${hash}\n`);
}

/** Builds the relay into `relay/dist/`. For a moment, the folder does not exist. */
async function buildRelay(): Promise<void> {
  const folder = `${DIST}-${process.pid}`;
  const replaced = `${folder}-replaced`;
  try {
    await buildInto(folder);
    if (existsSync(DIST)) renameSync(DIST, replaced);
    renameSync(folder, DIST);
  } catch (error) {
    // Another process may have built the same relay at the same time.
    if (!isCurrent()) throw error;
  } finally {
    for (const leftOver of [folder, replaced]) rmSync(leftOver, { recursive: true, force: true });
  }
}

await runScript(async () => {
  if (!process.argv.includes('--if-outdated') || !isCurrent()) await buildRelay();
});
