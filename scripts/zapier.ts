/**
 * `npm run zapier -- COMMAND`: runs a command of Zapier's CLI in `build/app/`. Commands that read the app build the app
 * first. All commands use the `.zapierapprc` at the root of the project. The command `setup KIND` combines the commands
 * for setting up the app at Zapier. After a failure, running `setup` again resumes it.
 */

import { spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline/promises';

import ownPackage from '../package.json' with { type: 'json' };
import { isRegistrationSecret } from '../wire/relay-api.ts';
import { appFileOf, kindOf, PASTED_URL, recordKind } from './app-kind.ts';
import { BuildFailed, ROOT, runScript } from './bundle.ts';
import { askHidden } from './hidden-input.ts';
import { pushAgain } from './push-again.ts';
import { APP_FOLDER, stage, stageApp } from './stage.ts';

const BUILDING = new Set(['build', 'describe', 'invoke', 'push', 'validate']);

const REGISTRATION = [
  ...['register', 'TutorCruncher', '--url', 'https://tutorcruncher.com', '--desc'],
  'Starts Zaps when something happens in a tutoring agency, and updates its records.',
  ...['--audience', 'private', '--role', 'user', '--category', 'education', '--no-subscribe'],
];

/**
 * Prints the output of a push. Zapier's CLI repeats a line about static webhooks for each trigger. This function prints
 * only the first of these lines.
 */
async function printPush(output: Readable): Promise<void> {
  let isPrinted = false;
  for await (const line of createInterface({ input: output })) {
    if (!line.includes('(D017)')) console.log(line);
    else if (!isPrinted)
      console.log(`${line} This is expected for each trigger of a private app with pasted webhook URLs.`);
    isPrinted ||= line.includes('(D017)');
  }
}

/** Prints the errors of a command as they arrive, and returns all errors. */
async function printed(output: Readable): Promise<string> {
  let errors = '';
  for await (const chunk of output.setEncoding('utf8') as AsyncIterable<string>) {
    process.stderr.write(chunk);
    errors += chunk;
  }
  return errors;
}

/** Runs a command of Zapier's CLI in the folder of the app, and builds the app first if the command reads it. */
async function runCli(args: readonly string[], stdio: StdioOptions = 'inherit') {
  if (BUILDING.has(args[0] ?? '')) await stageApp();
  else stage();
  const env = { ...process.env, ZAPIER_CURRENT_APP_FILE: appFileOf(ROOT, process.env) };
  const shell = process.platform === 'win32';
  if (args[0] === 'push') {
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const options = { cwd: APP_FOLDER, env: { ...env, ...color }, shell };
    const status = await pushAgain(async () => {
      const child = spawn('zapier-platform', args, { ...options, stdio: ['inherit', 'pipe', 'pipe'] });
      const closed = once(child, 'close') as Promise<[number | null]>;
      const [[code], errors] = await Promise.all([closed, printed(child.stderr), printPush(child.stdout)]);
      return { status: code, errors };
    });
    return { status, stdout: '', stderr: '' };
  }
  const result = spawnSync('zapier-platform', args, { cwd: APP_FOLDER, env, stdio, encoding: 'utf8', shell });
  if (result.error) throw result.error;
  return result;
}

/**
 * Runs a command that {@link setUp} needs.
 *
 * @throws {BuildFailed} if the command fails; if `stdio` is `pipe`, the message contains the command's output
 */
async function runStep(args: readonly string[], stdio?: 'pipe'): Promise<void> {
  const { status, stdout, stderr } = await runCli(args, stdio);
  const hidden = stdio === 'pipe' ? `${stdout}${stderr}` : '';
  if (status !== 0) throw new BuildFailed(`"npm run zapier -- ${args[0] ?? ''}" failed. ${hidden}`);
}

async function logIn(): Promise<void> {
  const file = join(homedir(), '.zapierrc');
  if (process.env.ZAPIER_DEPLOY_KEY || existsSync(file)) return;
  if (!process.stdin.isTTY) {
    throw new BuildFailed(
      'There is no terminal in which to enter a deploy key. Set ZAPIER_DEPLOY_KEY to a deploy key.',
    );
  }
  console.log('Create a deploy key at https://developer.zapier.com/partner-settings/deploy-keys/, and paste it here.');
  await runStep(['login', '--sso']);
  chmodSync(file, 0o600);
}

async function askForSecret(): Promise<string> {
  const secret = await askHidden(
    'Registration secret of the relay (not shown; empty if the relay has a list of channels): ',
  );
  if (secret !== null) return secret;
  throw new BuildFailed('No secret was entered. Enter it in a terminal, or set RELAY_REGISTRATION_SECRET.');
}

/**
 * Returns the secret of the relay; empty if the relay has none.
 *
 * @throws {BuildFailed} if the secret is missing or malformed
 */
async function readSecret(): Promise<string> {
  const secret = process.env.RELAY_REGISTRATION_SECRET ?? (await askForSecret());
  if (secret === '' || isRegistrationSecret(secret)) return secret;
  throw new BuildFailed(
    'This is not the registration secret, which has at least 20 characters. Copy it from the output of install.sh.',
  );
}

async function setSecret(secret: string): Promise<void> {
  try {
    await runStep(['env:set', ownPackage.version, `RELAY_REGISTRATION_SECRET=${secret}`], 'pipe');
  } catch (error) {
    throw new BuildFailed(String(error).replaceAll(secret, '***'));
  }
}

/**
 * Registers the app, records its kind, pushes the app, and sets the secret of the relay.
 *
 * @throws {BuildFailed} if a step fails; the message explains how to continue
 */
async function setUp(args: readonly string[]): Promise<void> {
  const [kind, ...others] = args.filter((argument) => argument !== '--link');
  if (kind === undefined || others.length > 0) {
    throw new BuildFailed(`Usage: npm run zapier -- setup https://relay.example.com [--link], or with ${PASTED_URL}.`);
  }
  // The URL is checked before anything is registered. The secret is checked before the push, which takes minutes.
  const hasRelay = kindOf(kind) !== PASTED_URL;
  let secret = '';
  const register = args.includes('--link') ? ['link'] : REGISTRATION;
  let step = 0;
  const begin = (name: string): void => {
    console.log(`==> Step ${++step} of ${hasRelay ? 6 : 4}: ${name}`);
  };
  try {
    begin('log in to Zapier');
    await logIn();
    if (hasRelay) {
      begin('read the secret of the relay');
      secret = await readSecret();
    }
    begin('register the app');
    if (!existsSync(appFileOf(ROOT, process.env))) await runStep(register);
    begin('record how Zaps receive webhooks');
    console.log(recordKind(ROOT, kind, process.env));
    begin('push the app');
    await runStep(['push']);
    if (hasRelay) begin('give the app the secret of the relay');
    if (secret !== '') await setSecret(secret);
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    throw new BuildFailed(
      `${error.message}\nStep ${step} failed. Correct this, and run the same command again. It continues with this step.`,
    );
  }
  console.log(`==> Version ${ownPackage.version} is at Zapier. Next:
1. Commit .zapierapprc and app-kinds.json.
2. At https://zapier.com, create a Zap with a trigger of TutorCruncher (${ownPackage.version}), and connect your branch.
3. Copy the webhook URL that the trigger shows, and paste it into the integration in TutorCruncher. docs/guide.md shows where.`);
}

// Ctrl-C also sends the signal to Zapier's CLI, which exits by itself.
process.once('SIGINT', () => {
  console.error('\nInterrupted. To continue with the step that was interrupted, run the same command again.');
  process.exit(130);
});
await runScript(async () => {
  const args = process.argv.slice(2);
  if (args[0] === 'setup') await setUp(args.slice(1));
  else process.exitCode = (await runCli(args)).status ?? 1;
});
