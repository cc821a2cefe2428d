/**
 * Runs a command in the operator's process. The exit code is 0 on success, 1 on failure, and 2 if the arguments are
 * invalid.
 */

import { resolve } from 'node:path';

import { adminSocketFrom, BadConfig } from '../config.ts';
import { Problem } from '../http/problem.ts';
import { StoreUnavailable } from '../store/store.ts';
import { STREAM } from './backup.ts';
import { parseInvocation, UsageError } from './command-arguments.ts';
import type { CommandOutput, CommandValues } from './command-context.ts';
import { IN_CHECKOUT, usage, type Command } from './commands.ts';
import { CommandFailed, NoRelay, sendCommand } from './socket-client.ts';

const TIMEOUT_MS = 60_000;
/** The classes of errors whose messages tell the operator what to do. */
const EXPECTED = [UsageError, CommandFailed, BadConfig, StoreUnavailable, Problem];

/**
 * Runs a command in the running relay. A command that does not need a relay runs in this process if no relay is
 * running.
 */
async function execute(
  { name, run, offline, isLong }: Command,
  values: CommandValues,
  environment: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<CommandOutput> {
  if (!run && offline) return offline(values, environment, print);
  try {
    const path = adminSocketFrom(environment);
    if (path !== null) return await sendCommand(path, name, values, isLong ? 0 : TIMEOUT_MS);
    throw new NoRelay('RELAY_ADMIN_SOCKET is "off". Set it to the path of the running relay\'s socket.');
  } catch (error) {
    if (error instanceof NoRelay && offline) return await offline(values, environment, print);
    throw error;
  }
}

/** Returns the text to print for the output of a command. */
function textOf(output: CommandOutput, isJson: boolean): string {
  if (typeof output === 'string') return isJson ? JSON.stringify({ message: output }) : output;
  return isJson ? JSON.stringify(output.data, null, 2) : output.text;
}

/** Parses the arguments, runs the command, and prints its result. Returns the exit code. */
export async function runCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: Pick<Console, 'log' | 'error'> = console,
): Promise<number> {
  const program = environment.COMMAND_NAME || IN_CHECKOUT;
  if (args.some((argument) => ['help', '--help', '-h'].includes(argument))) {
    output.log(usage(program));
    return 0;
  }
  try {
    const { command, values } = parseInvocation(args, program);
    // The working directory of the relay differs from the operator's working directory, which npm stores in INIT_CWD.
    const isStream = values.file === STREAM;
    if (values.file !== undefined && !isStream) values.file = resolve(environment.INIT_CWD ?? '', values.file);
    const isJson = values.json !== undefined;
    const isBackup = isStream && command.name === 'backup';
    if (isBackup && process.stdout.isTTY) {
      throw new UsageError(`A backup is binary. Write it to a file on your machine: ${program} backup - > FILE`);
    }
    // With --json, the standard output contains only the result. With `backup -`, it contains only the backup.
    const print = (text: string): void => {
      output[isJson ? 'error' : 'log'](text);
    };
    const result = await execute(command, values, environment, print);
    output[isBackup ? 'error' : 'log'](textOf(result, isJson));
    return typeof result !== 'string' && result.hasProblem ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.some((type) => error instanceof type)) throw error;
    output.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
