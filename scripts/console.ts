/**
 * `npm run build:console`: bundles the console's page into `console/dist/`, from which the relay serves it. The names
 * of all files except `index.html` contain a hash of the contents, so that browsers may cache them. With
 * `--if-outdated`, it builds only if a source is newer than the page and the development packages are installed.
 */

import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { pageFile, type ConsolePage } from '../relay/console-page.ts';
import { BuildFailed, settingConstants, type BuildConstant } from './build-constants.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The folder from which the relay reads the page. */
export const CONSOLE_DIST = join(ROOT, 'console/dist');

/** The sources of the page: its code, and everything that the build computes constants from. */
const SOURCES = ['{console,wire,objects,src,triggers}/**/*.{ts,tsx,css,html,svg,json}', 'scripts/console.ts'];

const constantOf = (name: string, module: string, value: unknown): BuildConstant => ({
  name,
  module,
  value: JSON.stringify(value),
});

/** Computes the constants of the page. */
async function computeConstants(): Promise<readonly BuildConstant[]> {
  const { objects } = await import('../objects/index.ts');
  const { objectTriggers } = await import('../triggers/object-triggers.ts');
  const { storedLayout } = await import('../console/object-layouts.ts');
  const { listedActions } = await import('../wire/action-filter.ts');
  const layouts = Object.fromEntries(objects.map(({ word, layout }) => [word, storedLayout(layout)]));
  const triggers = objectTriggers.map(({ definition, filter }) => ({
    key: definition.key,
    label: definition.display.label,
    actions: listedActions(filter.actions),
  }));
  return [
    constantOf('BUILT_LAYOUTS', 'console/object-layouts.ts', layouts),
    constantOf('BUILT_TRIGGERS', 'console/trigger-names.ts', triggers),
  ];
}

/** Returns `main-1a2b3c4d5e.js` for `main.js`. */
function hashedName(name: string, contents: string): string {
  const extension = extname(name);
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 10);
  return `${name.slice(0, -extension.length)}-${hash}${extension}`;
}

/** Bundles a module or a stylesheet of the page with everything that it imports. */
async function bundled(entry: string, constants: readonly BuildConstant[]): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: 'browser',
    // Browser versions from 2024, which support `light-dark()`.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    format: 'esm',
    charset: 'utf8',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'inline',
    plugins: [settingConstants(constants)],
    write: false,
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw new BuildFailed(`The console cannot be bundled. ${error instanceof Error ? error.message : String(error)}`);
  });
  return outputFiles.map(({ text }) => text).join('');
}

/**
 * Bundles the page.
 *
 * @returns the contents of its files by name
 * @throws {BuildFailed} if there is an error in a source
 */
export async function bundleConsole(): Promise<ReadonlyMap<string, string>> {
  const parts = new Map([
    ['main.js', await bundled('console/main.tsx', await computeConstants())],
    ['console.css', await bundled('console/console.css', [])],
    ['icon.svg', readFileSync(join(ROOT, 'console/icon.svg'), 'utf8').trim()],
  ]);
  const files = new Map<string, string>();
  let page = readFileSync(join(ROOT, 'console/index.html'), 'utf8');
  for (const [name, contents] of parts) {
    const hashed = hashedName(name, contents);
    files.set(hashed, contents);
    page = page.replace(`"/console/${name}"`, `"/console/${hashed}"`);
  }
  return files.set('index.html', page);
}

/** Bundles the page for a relay in this process. @throws {BuildFailed} if there is an error in a source */
export async function bundledPage(): Promise<ConsolePage> {
  return [...(await bundleConsole())].map(([name, contents]) => pageFile(name, Buffer.from(contents)));
}

/** Builds the page into `console/dist/`. @throws {BuildFailed} if there is an error in a source */
export async function buildConsole(): Promise<void> {
  const files = await bundleConsole();
  // A relay that starts during the build loads either the old page or the new page.
  const folder = `${CONSOLE_DIST}-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  for (const [name, contents] of files) writeFileSync(join(folder, name), contents);
  rmSync(CONSOLE_DIST, { recursive: true, force: true });
  try {
    renameSync(folder, CONSOLE_DIST);
  } catch (error) {
    rmSync(folder, { recursive: true });
    // Another process may have built the same page at the same time.
    if (!isCurrent()) throw error;
  }
}

/** Returns true if the page has been built, and no source is newer. */
function isCurrent(): boolean {
  const page = join(CONSOLE_DIST, 'index.html');
  if (!existsSync(page)) return false;
  const builtAt = statSync(page).mtimeMs;
  // `index.html` is written last, so that the other built files, which the patterns also match, are not newer.
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const isNeeded = !process.argv.includes('--if-outdated') || (canBuild() && !isCurrent());
    if (isNeeded) await buildConsole();
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
