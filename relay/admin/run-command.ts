/**
 * The arguments of a command, and its execution. The exit code is 0 on success, 1 on failure, and 2 if the arguments are
 * invalid.
 */

import { resolve } from 'node:path';

import { adminSocketFrom, BadConfig } from '../config.ts';
import { Problem } from '../http/problem.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed, NoRelay, sendCommand } from './client.ts';
import type { CommandOutput } from './command-context.ts';
import { COMMANDS } from './commands.ts';
import { MAX_LIMIT } from './lists.ts';

/** Thrown if arguments are invalid. The message tells the operator what to enter. */
class UsageError extends Error {}

/** The arguments that are whole numbers from 1, with their maximum and the message about an invalid one. */
const NUMBERS: Readonly<Record<string, readonly [max: number, message: string]>> = {
  limit: [MAX_LIMIT, `--limit must be a whole number from 1 to ${MAX_LIMIT}.`],
  number: [Number.MAX_SAFE_INTEGER, 'The number must be that of an event, as "waiting" shows it.'],
};

/** The command in a checkout. The scripts of an installation and of the image set `COMMAND_NAME` to their own. */
const IN_CHECKOUT = 'npm run relay --';

/** Returns the list of all commands. @param program - the program with which the operator runs a command */
export function usage(program: string): string {
  const width = Math.max(...COMMANDS.map(({ synopsis }) => synopsis.length));
  const lines = COMMANDS.map(({ synopsis, summary }) => `  ${synopsis.padEnd(width)}  ${summary}`);
  const start = `Usage: ${'npm run relay'.padEnd(program.length + 10)}  Starts a relay.\n       `;
  return [
    `${program === IN_CHECKOUT ? start : 'Usage: '}${program} <command>  Sends a command to the running relay. With --json, prints JSON.`,
    '',
    ...lines,
    '',
    'A channel or subscription is named by its first characters. docs/relay-commands.md describes the commands.',
  ].join('\n');
}

/**
 * Parses the name of a command and its arguments. Every argument that is not an option of the command is a value,
 * because the names of channels may start with hyphens. @throws {UsageError} if they are invalid
 */
export function parseInvocation([name = '', ...args]: readonly string[], program = IN_CHECKOUT) {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) throw new UsageError(`There is no command "${name}".\n\n${usage(program)}`);
  const { synopsis } = command;
  const fail = (reason: string) => new UsageError(`${reason} Usage: ${program} ${synopsis}`);
  const [, ...places] = synopsis.replace(/\[--[^\]]*\]/g, '').match(/\S+/g) ?? [];
  const values: Record<string, string> = {};
  for (let argument = args.shift(); argument !== undefined; argument = args.shift()) {
    const option = argument.slice(2);
    if (argument === '--json' || synopsis.includes(`[--${option}]`)) values[option] = 'true';
    else if (argument === `--${option}` && synopsis.includes(`[--${option} <`)) values[option] = args.shift() ?? '';
    else {
      const place = places.shift();
      if (place === undefined) throw fail(`"${name}" has too many arguments.`);
      values[place.replace(/\W/g, '')] = argument;
    }
  }
  const [empty] = Object.keys(values).filter((key) => values[key] === '');
  if (empty !== undefined && synopsis.includes(`[--${empty} `)) throw fail(`--${empty} needs a value.`);
  const missing = empty ?? places.find((place) => place.startsWith('<'));
  if (missing !== undefined) throw fail(`"${name}" needs a ${missing.replace(/\W/g, '')}.`);
  for (const [key, [max, message]] of Object.entries(NUMBERS)) {
    const text = values[key] ?? '1';
    if (!/^[1-9]\d*$/.test(text) || Number(text) > max) throw fail(message);
  }
  return { command, values };
}

const TIMEOUT_MS = 60_000;
/** Errors whose messages tell the operator what to do. */
const EXPECTED = [UsageError, CommandFailed, BadConfig, StoreUnavailable, Problem];

/** Sends a command to the relay. If no relay is running, runs the command in this process if that is possible. */
async function execute(
  { command: { name, run, offline, isLong }, values }: ReturnType<typeof parseInvocation>,
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
  const program = environment.COMMAND_NAME || IN_CHECKOUT;
  if (args.some((argument) => ['help', '--help', '-h'].includes(argument))) {
    output.log(usage(program));
    return 0;
  }
  try {
    const { command, values } = parseInvocation(args, program);
    // The relay's working directory differs from the operator's, and npm stores the operator's in INIT_CWD.
    if (values.file !== undefined) values.file = resolve(environment.INIT_CWD ?? '', values.file);
    const isJson = values.json !== undefined;
    // With --json, the standard output contains nothing but the result.
    const print = (text: string): void => {
      output[isJson ? 'error' : 'log'](text);
    };
    output.log(textOf(await execute({ command, values }, environment, print), isJson));
    return 0;
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.some((type) => error instanceof type)) throw error;
    output.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
