/** A copy of `deploy/`, and the programs that read its files. */

import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { whereAvailable } from '../../relay/test/support/required-tool.ts';
import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';

/** The path of a copy of `deploy/` that tests can change. */
export const folder = temporaryFolder();
cpSync('deploy', folder, { recursive: true });

/** Runs a program in the copy of `deploy/`. Returns its exit code and its output. */
export function run(
  command: string,
  args: readonly string[],
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** Replaces a text in a file of the copy. */
export const replaceIn = (name: string, text: string, replacement: string): void => {
  const before = readFileSync(join(folder, name), 'utf8');
  expect(before).toContain(text);
  writeFileSync(join(folder, name), before.replace(text, replacement));
};

/** Returns the `it` of tests that need a program. */
export const itWith = (program: string, debianPackage: string) =>
  whereAvailable(
    it,
    spawnSync(program, ['--version']).status === 0,
    `tests of deploy/ with ${program}`,
    `Install it (Debian: apt-get install ${debianPackage}).`,
  );
