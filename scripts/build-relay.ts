/**
 * `npm run build:relay`: builds the relay's code, its migrations and the console's page into relay/dist/. A bundled
 * relay starts in about half the time, because it does not load the compiler that removes types from TypeScript
 * (docs/performance.md). The code is not minified, and a comment names the module of each part, so that stack traces
 * are readable. With `--if-outdated`, the relay is built only if a source is newer than the build and the development
 * packages are installed.
 */

import { cpSync, existsSync, globSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BuildFailed } from './build-constants.ts';
import { bundleConsole } from './console.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'relay/dist');

/** The sources of the relay and of the page, and the modules that the build computes the page's constants from. */
const SOURCES = [
  '{relay,console,wire,objects,src,triggers}/**/*.{ts,tsx,css,html,svg,json,sql}',
  'scripts/{build-constants,build-relay,console}.ts',
];

/**
 * Bundles the relay's code into a folder, without the packages that it imports. @throws {BuildFailed} if there is an
 * error in a module
 */
async function bundleCode(folder: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: 'relay/main.ts', 'sqlite-worker': 'relay/store/sqlite/sqlite-worker.ts' },
    outdir: folder,
    bundle: true,
    // Modules that are imported on demand stay separate files.
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node22',
    format: 'esm',
    charset: 'utf8',
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw new BuildFailed(`The relay cannot be bundled. ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** Builds the relay into a folder. @throws {BuildFailed} if there is an error in a source */
async function buildInto(folder: string): Promise<void> {
  mkdirSync(join(folder, 'console'), { recursive: true });
  for (const [name, contents] of await bundleConsole()) writeFileSync(join(folder, 'console', name), contents);
  for (const store of ['postgres', 'sqlite']) {
    cpSync(join(ROOT, 'relay/store', store, 'migrations'), join(folder, `${store}-migrations`), { recursive: true });
  }
  await bundleCode(folder);
}

/** Builds the relay into relay/dist/. @throws {BuildFailed} if there is an error in a source */
async function buildRelay(): Promise<void> {
  // A relay that starts during the build loads either the old build or the new one.
  const folder = `${DIST}-${process.pid}`;
  await buildInto(folder);
  rmSync(DIST, { recursive: true, force: true });
  try {
    renameSync(folder, DIST);
  } catch (error) {
    rmSync(folder, { recursive: true });
    // Another process may have built the same relay at the same time.
    if (!isCurrent()) throw error;
  }
}

/** Returns true if the relay has been built, and no source is newer. */
function isCurrent(): boolean {
  const main = join(DIST, 'main.js');
  if (!existsSync(main)) return false;
  const builtAt = statSync(main).mtimeMs;
  // The patterns also match built files. The code is written last, so the other built files are never newer.
  return globSync(SOURCES, { cwd: ROOT }).every((source) => statSync(join(ROOT, source)).mtimeMs <= builtAt);
}

/** Returns true if the packages that the build needs are installed. `npm ci --omit=dev` does not install them. */
function canBuild(): boolean {
  try {
    import.meta.resolve('esbuild');
    return true;
  } catch {
    return false;
  }
}

try {
  const isNeeded = !process.argv.includes('--if-outdated') || (canBuild() && !isCurrent());
  if (isNeeded) await buildRelay();
} catch (error) {
  if (!(error instanceof BuildFailed)) throw error;
  console.error(error.message);
  process.exit(1);
}
