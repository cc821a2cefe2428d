import { spawnSync } from 'node:child_process';

import { BuildFailed, ROOT } from '../scripts/bundle.ts';

/** Runs a command. Returns its output. @throws {BuildFailed} if the command fails */
export function outputOf(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e9 });
  if (status === 0) return stdout;
  throw new BuildFailed(`"${command} ${args.join(' ')}" failed. ${error?.message ?? stderr}`);
}
