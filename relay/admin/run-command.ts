/**
 * Parses the arguments of a command and runs it. The exit code is 0 on success, 1 on failure, and 2 if the arguments
 * are invalid.
 */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { adminSocketFrom, BadConfig } from '../config.ts';
import { Problem } from '../http/problem.ts';
import { StoreUnavailable } from '../store/store.ts';
import { STREAM } from './backup.ts';
import { CommandFailed, NoRelay, sendCommand } from './client.ts';
import type { CommandOutput, CommandValues } from './command-context.ts';
import { COMMANDS, type Argument, type Command, type Option } from './commands.ts';

/** Thrown if arguments are invalid. The message tells the operator what to enter. */
class UsageError extends Error {}

/**
 * The command in a checkout. The scripts of an installation and of the image set `COMMAND_NAME` to their own command.
 */
const IN_CHECKOUT = 'npm run relay --';

/** Returns the name of a command with its arguments and options. Brackets enclose optional parts. */
function synopsisOf({ name, args = [], options = {} }: Command): string {
  const parts = args.map((argument) => (argument.isOptional ? `[<${argument.name}>]` : `<${argument.name}>`));
  for (const [option, spec] of Object.entries(options)) {
    parts.push(spec.type === 'string' ? `[--${option} <${spec.value.name}>]` : `[--${option}]`);
  }
  return [name, ...parts].join(' ');
}

/** Returns the list of all commands. @param program - the program with which the operator runs a command */
export function usage(program: string): string {
  const width = Math.max(...COMMANDS.map((command) => synopsisOf(command).length));
  const lines = COMMANDS.map((command) => `  ${synopsisOf(command).padEnd(width)}  ${command.summary}`);
  const start = `Usage: ${'npm run relay'.padEnd(program.length + 10)}  Starts a relay.\n       `;
  return [
    `${program === IN_CHECKOUT ? start : 'Usage: '}${program} <command>  Sends a command to the running relay. With --json, prints JSON.`,
    '',
    ...lines,
    '',
    'A channel or subscription is named by its first characters. docs/relay-commands.md describes the commands.',
  ].join('\n');
}

/** The option of every command. */
const JSON_OPTION = { json: { type: 'boolean' } } as const;

/**
 * Divides the arguments of a command into the values of its options and all other arguments. An argument that is not an
 * option of the command is a value, because the names of channels may start with hyphens.
 */
function divide({ options: own = {} }: Command, args: readonly string[]) {
  const options: Readonly<Record<string, Option>> = { ...own, ...JSON_OPTION };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string>();
  // An unknown group of short options is one argument, but becomes several tokens with the same index.
  const others = new Set<number>();
  for (const token of tokens) {
    const type = token.kind === 'option' && token.rawName.startsWith('--') ? options[token.name]?.type : undefined;
    // A value such as "--now=false" must not turn the option on.
    if (token.kind === 'option' && type === 'boolean' && token.value === undefined) given.set(token.name, 'true');
    else if (token.kind === 'option' && type === 'string') given.set(token.name, token.value ?? '');
    else if (token.kind !== 'option-terminator') others.add(token.index);
  }
  return { given, others: [...others].map((index) => args[index] ?? '') };
}

/**
 * Parses the name of a command, its arguments and its options.
 *
 * @param program - the program with which the operator runs a command
 * @throws {UsageError} if the command, the arguments or the options are invalid
 */
export function parseInvocation([name = '', ...args]: readonly string[], program = IN_CHECKOUT) {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) throw new UsageError(`There is no command "${name}".\n\n${usage(program)}`);
  const fail = (reason: string) => new UsageError(`${reason} Usage: ${program} ${synopsisOf(command)}`);
  const checkNumber = ({ number }: Argument, text: string): void => {
    if (number && (!/^[1-9]\d*$/.test(text) || Number(text) > number.max)) throw fail(number.message);
  };

  const { given, others } = divide(command, args);
  const places = command.args ?? [];
  if (others.length > places.length) throw fail(`"${name}" has too many arguments.`);
  for (const [option, text] of given) {
    const spec = command.options?.[option];
    if (spec?.type !== 'string') continue;
    if (text === '') throw fail(`--${option} needs a value.`);
    checkNumber(spec.value, text);
  }
  for (const [index, place] of places.entries()) {
    const text = others[index];
    if (text === '' || (text === undefined && !place.isOptional)) throw fail(`"${name}" needs a ${place.name}.`);
    if (text !== undefined) {
      checkNumber(place, text);
      given.set(place.name, text);
    }
  }
  return { command, values: Object.fromEntries(given) };
}

const TIMEOUT_MS = 60_000;
/** The classes of errors whose messages tell the operator what to do. */
const EXPECTED = [UsageError, CommandFailed, BadConfig, StoreUnavailable, Problem];

/** Sends a command to the relay. If no relay is running, runs the command in this process if the command allows it. */
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

/** Returns the text to print. */
function textOf(output: CommandOutput, isJson: boolean): string {
  if (typeof output === 'string') return isJson ? JSON.stringify({ message: output }) : output;
  return isJson ? JSON.stringify(output.data, null, 2) : output.text;
}

/** Runs the command with the given name and arguments, and prints its result. Returns the exit code. */
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
    const isStream = values.file === STREAM;
    if (values.file !== undefined && !isStream) values.file = resolve(environment.INIT_CWD ?? '', values.file);
    const isJson = values.json !== undefined;
    const isBackup = isStream && command.name === 'backup';
    if (isBackup && process.stdout.isTTY) {
      throw new UsageError(`A backup is binary. Write it to a file on your machine: ${program} backup - > FILE`);
    }
    // With --json, the standard output contains nothing but the result, and with a backup, nothing else.
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
