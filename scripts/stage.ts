/**
 * `npm run build`: builds the app into `build/app/`, a folder that contains exactly what a push uploads: the built app,
 * a package.json and a lockfile with the packages that it loads, and the sources from which it can be built again. `npm
 * run zapier` runs Zapier's CLI in this folder, because the CLI copies and uploads the folder in which it runs.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isJsonObject } from '../wire/json.ts';
import { appFileOf, relayOfBuild } from './app-kind.ts';
import { BuildFailed, ROOT, runScript } from './bundle.ts';

/** The folder in which Zapier's CLI runs. */
export const APP_FOLDER = join(ROOT, 'build/app');

/** The sources, and the changelog, from which `zapier-platform promote` reads the section of a version. */
const SOURCES = [
  ...['.gitignore', 'CHANGELOG.md', 'LICENSE', 'app-kinds.json', 'index.ts', 'package-lock.json', 'tsconfig.json'],
  '{creates,objects,searches,src,triggers,wire}/**/*.{json,ts}',
  'scripts/{app-kind,build,bundle,stage}.ts',
];
/** The development dependencies that a build needs. */
const BUILD_PACKAGES = ['esbuild', 'node'];

/**
 * Returns the contents of the app's package.json: the root's package.json without unneeded development packages, and
 * with the build as the only script.
 *
 * @throws {BuildFailed} if the root's package.json is malformed
 */
export function packageOfApp(text: string): object {
  const root: unknown = JSON.parse(text);
  if (!isJsonObject(root) || !isJsonObject(root.devDependencies)) throw new BuildFailed('package.json is malformed.');
  const { name, version, description, license, type, dependencies, overrides, allowScripts, devDependencies } = root;
  return {
    name,
    version,
    description,
    license,
    private: true,
    type,
    exports: './dist/index.js',
    scripts: { build: 'node --disable-warning=ExperimentalWarning scripts/stage.ts' },
    dependencies,
    overrides,
    allowScripts,
    devDependencies: Object.fromEntries(BUILD_PACKAGES.map((key) => [key, devDependencies[key]])),
  };
}

/**
 * Writes everything except the built app and its lockfile into {@link APP_FOLDER}, for commands that need neither of
 * them.
 */
export function stage(): void {
  for (const file of globSync(SOURCES, { cwd: ROOT })) {
    mkdirSync(dirname(join(APP_FOLDER, file)), { recursive: true });
    cpSync(join(ROOT, file), join(APP_FOLDER, file));
  }
  const rootPackage = readFileSync(join(ROOT, 'package.json'), 'utf8');
  writeFileSync(join(APP_FOLDER, 'package.json'), `${JSON.stringify(packageOfApp(rootPackage), null, 2)}\n`);
  const appFile = appFileOf(ROOT, process.env);
  if (existsSync(appFile)) cpSync(appFile, join(APP_FOLDER, '.zapierapprc'));
}

/**
 * Builds the app into {@link APP_FOLDER}.
 *
 * @throws {BuildFailed} if the build fails, or if the kind of the app differs from the recorded kind
 */
export async function stageApp(): Promise<void> {
  const relayUrl = relayOfBuild(ROOT, process.env);
  rmSync(APP_FOLDER, { recursive: true, force: true });
  stage();
  // Removes packages that only the root needs from the lockfile.
  const args = ['install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const options = { cwd: APP_FOLDER, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  const { status, stderr } = spawnSync('npm', args, options);
  if (status !== 0) throw new BuildFailed(`npm cannot write the lockfile of the app. ${stderr}`);
  // The module is imported on demand, because it loads the whole app, which most commands of Zapier's CLI do not need.
  const { build } = await import('./build.ts');
  // An upload never contains the registration secret. Zapier stores the secret in the app's environment, where the
  // operator can replace it.
  await build(join(APP_FOLDER, 'dist'), relayUrl);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(stageApp);
