/** Execution of one command. The exit code is 0 if it succeeded, 1 if it failed, and 2 if its arguments are invalid. */

import { resolve } from 'node:path';

import { adminSocketFrom, BadConfig } from '../config.ts';
import { Problem } from '../http/problem.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed, NoRelay, sendCommand } from './client.ts';
import type { CommandOutput } from './command-context.ts';
import { parseInvocation, usage, UsageError, type Invocation } from './usage.ts';

const TIMEOUT_MS = 60_000;
/** Errors whose messages tell the operator what to do. */
const EXPECTED = [UsageError, CommandFailed, BadConfig, StoreUnavailable, Problem];

/** Sends a command to the relay. If no relay is running, runs the command in this process if that is possible. */
async function execute(
  { command: { name, run, offline, isLong }, values }: Invocation,
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

/** Returns the text to print. */
function textOf(output: CommandOutput, isJson: boolean): string {
  if (typeof output === 'string') return isJson ? JSON.stringify({ message: output }) : output;
  return isJson ? JSON.stringify(output.data, null, 2) : output.text;
}

/** Runs a command, given its name and its arguments, and prints its result. Returns the exit code. */
export async function runCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: Pick<Console, 'log' | 'error'> = console,
): Promise<number> {
  if (args.some((argument) => ['help', '--help', '-h'].includes(argument))) {
    output.log(usage());
    return 0;
  }
  try {
    const { command, values } = parseInvocation(args);
    // The relay's working directory differs from the operator's, and npm stores the operator's in INIT_CWD.
    if (values.file !== undefined) values.file = resolve(environment.INIT_CWD ?? '', values.file);
    const isJson = values.json !== undefined;
    // With --json, the standard output contains nothing but the result.
    const print = (text: string): void => {
      if (isJson) output.error(text);
      else output.log(text);
    };
    output.log(textOf(await execute({ command, values }, environment, print), isJson));
    return 0;
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.some((type) => error instanceof type)) throw error;
    output.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
