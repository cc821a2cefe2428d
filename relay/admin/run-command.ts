/** Execution of one command. The exit code is 0 if it succeeded, 1 if it failed, and 2 if its arguments are invalid. */

import { resolve } from 'node:path';

import { adminSocketFrom, BadConfig } from '../config.ts';
import { Problem } from '../http/problem.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed, NoRelay, sendCommand } from './client.ts';
import { parseInvocation, usage, UsageError, type Invocation } from './usage.ts';

const TIMEOUT_MS = 60_000;
/** Errors whose messages tell the operator what to do. */
const EXPECTED = [UsageError, CommandFailed, BadConfig, StoreUnavailable, Problem];

/** Returns the path of the socket. @throws {NoRelay} if the operator has switched it off */
function socketOf(environment: NodeJS.ProcessEnv): string {
  const path = adminSocketFrom(environment);
  if (path !== null) return path;
  throw new NoRelay('RELAY_ADMIN_SOCKET is "off". Set it to the path of the running relay\'s socket.');
}

/** Sends a command to the relay. If no relay is running, runs the command in this process if that is possible. */
async function execute(
  invocation: Invocation,
  environment: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<object> {
  const { name, run, offline, isLong } = invocation.command;
  if (!run && offline) return offline(invocation, environment, print);
  try {
    return await sendCommand(socketOf(environment), name, bodyOf(invocation), isLong ? 0 : TIMEOUT_MS);
  } catch (error) {
    if (error instanceof NoRelay && offline) return await offline(invocation, environment, print);
    throw error;
  }
}

/**
 * Makes the path of a file absolute. The relay's working directory differs from the operator's, and npm changes the
 * working directory and stores the original one in `INIT_CWD`.
 */
function withAbsolutePath(invocation: Invocation, { INIT_CWD = '' }: NodeJS.ProcessEnv): Invocation {
  const { command, argument } = invocation;
  return command.argument === 'file' ? { ...invocation, argument: resolve(INIT_CWD, argument ?? '') } : invocation;
}

const bodyOf = ({ command, argument, number, limit, isNow }: Invocation): object => ({
  ...(command.argument !== null && argument !== undefined && { [command.argument]: argument }),
  ...(number > 0 && { number }),
  ...(command.isList && { limit }),
  ...(command.hasNow && { now: isNow }),
});

/**
 * Runs a command and prints its result.
 *
 * @param args - the name of the command and its arguments
 * @returns the exit code
 */
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
    const invocation = withAbsolutePath(parseInvocation(args), environment);
    const { command, isJson } = invocation;
    // With --json, the standard output contains nothing but the response.
    const response = await execute(invocation, environment, (text) => {
      output.error(text);
    });
    output.log(isJson ? JSON.stringify(response, null, 2) : command.print(response as never, Date.now()));
    return command.hasProblem?.(response as never) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.some((type) => error instanceof type)) throw error;
    output.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
