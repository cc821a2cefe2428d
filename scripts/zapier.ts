/**
 * `npm run zapier -- COMMAND`: runs a command of Zapier's CLI in `build/app/`. Commands that read the app build it first.
 * Every command uses the `.zapierapprc` at the root of the project. The command `setup` combines several of them.
 */

import { spawnSync } from 'node:child_process';

import { appFileOf } from './app-kind.ts';
import { ROOT, runScript } from './bundle.ts';
import { setUp } from './set-up.ts';
import { APP_FOLDER, stage, stageApp } from './stage.ts';

const BUILDING = new Set(['build', 'describe', 'invoke', 'push', 'validate']);

const args = process.argv.slice(2);

async function runCli(): Promise<void> {
  if (BUILDING.has(args[0] ?? '')) await stageApp();
  else stage();
  const env = { ...process.env, ZAPIER_CURRENT_APP_FILE: appFileOf(ROOT, process.env) };
  const options = { cwd: APP_FOLDER, env, stdio: 'inherit', shell: process.platform === 'win32' } as const;
  const { status, error } = spawnSync('zapier-platform', args, options);
  if (error) throw error;
  process.exitCode = status ?? 1;
}

await runScript(() => (args[0] === 'setup' ? setUp(ROOT, args.slice(1)) : runCli()));
