/**
 * `npm run build:relay`: builds the relay's code, its migrations and the console's page into `relay/dist/`. A bundled
 * relay starts in two thirds of the time, because it does not load the compiler that removes types from TypeScript
 * (docs/performance.md). The code is not minified, and a comment names the module of each part, so that stack traces
 * are readable. With `--if-outdated`, the relay is built only if a source has changed.
 */

import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BuildFailed } from './build-failed.ts';
import { bundleConsole } from './console.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'relay/dist');
/** Name of the file of a build that contains the hash of its sources. */
const HASH_FILE = 'sources.sha256';

/** The sources of the relay and of the page, and the modules that the build computes the page's constants from. */
const SOURCES = [
  '{relay,console,wire,objects,src,triggers}/**/*.{ts,tsx,css,html,svg,json,sql}',
  'scripts/{build-failed,build-relay,console}.ts',
  'package-lock.json',
];
/** Builds, and the parts of the relay's folder that a build does not contain. */
const NOT_SOURCES = /^relay\/(?:dist[^/]*|alerts|bench|chaos|deployment|harness|test)\//;

/** Returns the hash of the names and contents of the sources. */
function hashOfSources(): string {
  const hash = createHash('sha256');
  const paths = globSync(SOURCES, { cwd: ROOT }).filter((path) => !NOT_SOURCES.test(path));
  for (const path of paths.sort()) hash.update(`${path}\n`).update(readFileSync(join(ROOT, path)));
  return hash.digest('hex');
}

/**
 * Bundles the relay's code into a folder, without the packages that it imports. @throws {BuildFailed} if there is an
 * error in a module
 */
async function bundleCode(folder: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: ROOT,
    // The module `run` is a file of its own, so that measurements can start a relay with other limits.
    entryPoints: { main: 'relay/main.ts', run: 'relay/run.ts', 'sqlite-worker': 'relay/store/sqlite/sqlite-worker.ts' },
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
  // If a source changes during the build, the build is outdated.
  const hash = hashOfSources();
  mkdirSync(join(folder, 'console'), { recursive: true });
  for (const [name, contents] of await bundleConsole()) writeFileSync(join(folder, 'console', name), contents);
  cpSync(join(ROOT, 'relay/store/migrations'), join(folder, 'migrations'), { recursive: true });
  await bundleCode(folder);
  writeFileSync(join(folder, HASH_FILE), `${hash}\n`);
}

/** Replaces `relay/dist/` by a new build. For a moment, the folder does not exist. */
function replaceBuild(folder: string): void {
  const replaced = `${folder}-replaced`;
  if (existsSync(DIST)) renameSync(DIST, replaced);
  renameSync(folder, DIST);
  rmSync(replaced, { recursive: true, force: true });
}

/** Builds the relay into `relay/dist/`. @throws {BuildFailed} if there is an error in a source */
async function buildRelay(): Promise<void> {
  const folder = `${DIST}-${process.pid}`;
  try {
    await buildInto(folder);
    replaceBuild(folder);
  } catch (error) {
    for (const leftOver of [folder, `${folder}-replaced`]) rmSync(leftOver, { recursive: true, force: true });
    // Another process may have built the same relay at the same time.
    if (!isCurrent()) throw error;
  }
}

/** Returns true if the relay has been built from the current sources. */
function isCurrent(): boolean {
  const file = join(DIST, HASH_FILE);
  return existsSync(file) && readFileSync(file, 'utf8').trim() === hashOfSources();
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

const isReadOnly = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code));

/** Builds the relay. @returns the reason why it cannot be built, or null. @throws {BuildFailed} if a source has an error */
async function buildIfPossible(): Promise<string | null> {
  if (!canBuild()) return 'The packages for a build are not installed. Run "npm ci" without "--omit=dev".';
  try {
    await buildRelay();
    return null;
  } catch (error) {
    if (!isReadOnly(error)) throw error;
    return 'You may not write to the folder "relay". Run "npm run build:relay" as its owner.';
  }
}

/**
 * Builds the relay if a source has changed. An outdated build that cannot be replaced stays in use.
 *
 * @throws {BuildFailed} if a source has an error, or if there is no build and none can be made
 */
async function buildIfOutdated(): Promise<void> {
  const problem = isCurrent() ? null : await buildIfPossible();
  if (problem === null) return;
  if (!existsSync(DIST)) throw new BuildFailed(`The relay has not been built. ${problem}`);
  console.error(`The build of the relay is outdated, but is used. ${problem}`);
}

try {
  await (process.argv.includes('--if-outdated') ? buildIfOutdated() : buildRelay());
} catch (error) {
  if (!(error instanceof BuildFailed)) throw error;
  console.error(error.message);
  process.exit(1);
}
