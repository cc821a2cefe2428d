/** A copy of this project for rehearsing a release, so that the project itself does not change. */

import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Files and folders that are not copied: those that a clean checkout does not contain, the Git history, and the records
 * of real releases.
 */
const LEFT_OUT = new Set([
  ...['.git', 'node_modules', 'dist', 'build', 'coverage', '.env', '.environment'],
  ...['.zapierapprc', 'app-kinds.json'],
]);
/**
 * Returns true if a file or folder should be copied. Databases of relays are excluded, and sockets cannot be copied.
 */
export const isCopied = (path: string): boolean =>
  !LEFT_OUT.has(basename(path)) && !/\.sqlite(?:-wal|-shm)?$/.test(path) && !lstatSync(path).isSocket();

/**
 * Copies the project, and deletes the copy when the process exits. The copy is a subfolder of the project, so it uses
 * the project's packages.
 *
 * @returns the folder of the copy
 */
export function copyProject(): string {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'build', 'rehearsal-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const name of readdirSync(ROOT)) {
    const path = join(ROOT, name);
    if (isCopied(path)) cpSync(path, join(folder, name), { recursive: true, filter: isCopied });
  }
  return folder;
}

/** Returns the version of a project. */
export const versionOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;

/** Adds a version to the changelog of a project as the newest version. */
export function describeVersion(folder: string, version: string): void {
  const path = join(folder, 'CHANGELOG.md');
  const section = `## ${version}\n\n- The rehearsal of a release.\n\n`;
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^## /m, `${section}## `));
}
