/**
 * `npm run package:relay`: packs the built relay, its production packages, this Node.js, the documents and `deploy/`
 * into an archive for machines with the platform of this machine. A server needs neither npm nor a registry to run the
 * packed relay.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ownPackage from '../package.json' with { type: 'json' };
import { BuildFailed, ROOT, runScript } from './bundle.ts';

const NAME = 'tutorcruncher-relay';
const FOLDER = join(ROOT, 'build', NAME);
const PLATFORM = `${process.platform}-${process.arch}`;
/** Files that the package better-sqlite3 contains but does not load: sources, and builds for other platforms. */
const UNUSED = `node_modules/better-sqlite3/{deps,src,prebuilds/!(${PLATFORM}.node)}`;
/**
 * The documents to which messages of the relay, the scripts and the alerts refer, directly or through other documents.
 */
export const DOCUMENTS = '{*,docs/*}.md';

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (error ?? status !== 0)
    throw new BuildFailed(`"${command} ${args.join(' ')}" failed. The output above shows the reason.`);
}

/** Packs the archive. @throws {BuildFailed} if a command fails */
function pack(): void {
  run('npm', ['run', '--silent', 'build:relay'], ROOT);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ['dist', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, 'relay', name), join(FOLDER, name), { recursive: true });
  }
  cpSync(join(ROOT, 'deploy'), join(FOLDER, 'deploy'), { recursive: true });
  for (const path of globSync(DOCUMENTS, { cwd: ROOT })) cpSync(join(ROOT, path), join(FOLDER, path));
  cpSync(process.execPath, join(FOLDER, 'node'));
  run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], FOLDER);
  for (const path of globSync(UNUSED, { cwd: FOLDER })) rmSync(join(FOLDER, path), { recursive: true });

  const archive = join(ROOT, 'build', `${NAME}-${ownPackage.version}-${PLATFORM}.tar.gz`);
  run(
    'tar',
    ['--create', '--gzip', '--file', archive, '--sort=name', '--owner=root:0', '--group=root:0', NAME],
    join(ROOT, 'build'),
  );
  console.log(`${archive}: ${Math.round(statSync(archive).size / 1e6)} MB`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(pack);
