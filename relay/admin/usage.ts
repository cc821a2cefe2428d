/** The arguments of the commands. */

import { parseArgs } from 'node:util';

import type { CommandValues } from './command-context.ts';
import { COMMANDS, type Command } from './commands.ts';
import { MAX_LIMIT } from './lists.ts';

/** Thrown if arguments are invalid. The message tells the operator what to enter instead. */
export class UsageError extends Error {}

const DEFAULT_LIMIT = 20;

/** Returns a command's arguments for the usage text. */
function synopsisOf({ name, argument, isOptional, takesNumber, isList, hasNow, hasTarget }: Command): string {
  const shown = isOptional ? `[<${argument}>]` : `<${argument}>`;
  return [
    name,
    argument && shown,
    takesNumber && '[<number>]',
    isList && '[--limit <number>]',
    hasNow && '[--now]',
    hasTarget && '[--to <url>] [--yes]',
  ]
    .filter(Boolean)
    .join(' ');
}

const usageLine = (command: Command): string => `Usage: npm run relay -- ${synopsisOf(command)} [--json]`;

/** Returns the list of all commands. */
export function usage(): string {
  const synopses = COMMANDS.map(synopsisOf);
  const width = Math.max(...synopses.map(({ length }) => length));
  const lines = COMMANDS.map(({ summary }, index) => `  ${(synopses[index] ?? '').padEnd(width)}  ${summary}`);
  return [
    'Usage: npm run relay                              Starts a relay.',
    '       npm run relay -- <command> [--json]        Sends a command to the running relay.',
    '',
    ...lines,
    '',
    'A channel or subscription is named by its first characters. docs/relay-commands.md describes the commands.',
  ].join('\n');
}

/** A command with its values. */
export interface Invocation extends CommandValues {
  readonly command: Command;
}

/**
 * Moves short names that start with a hyphen behind the options, so that they are not parsed as options. A name that
 * starts with two hyphens must follow a `--`.
 */
function withNamesLast(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const isName = (argument: string): boolean => /^-[^-].{2}/.test(argument);
  const before = args.slice(0, end);
  const names = [...before.filter(isName), ...args.slice(end + 1)];
  return [...before.filter((argument) => !isName(argument)), ...(names.length > 0 ? ['--', ...names] : [])];
}

function parse(args: readonly string[], command: Command) {
  try {
    return parseArgs({
      args: withNamesLast(args),
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        ...(command.isList && { limit: { type: 'string' } }),
        ...(command.hasNow && { now: { type: 'boolean' } }),
        ...(command.hasTarget && { to: { type: 'string' }, yes: { type: 'boolean' } }),
      },
    });
  } catch (error) {
    const [reason = ''] = String(error)
      .replace(/^\w*Error[^:]*: /, '')
      .split(/\.\s/);
    throw new UsageError(`${reason}. ${usageLine(command)}`);
  }
}

/**
 * Parses the arguments of a command.
 *
 * @param args - the name of the command and its arguments
 * @throws {UsageError} if they are invalid
 */
export function parseInvocation([name = '', ...args]: readonly string[]): Invocation {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) throw new UsageError(`There is no command "${name}".\n\n${usage()}`);
  const { values, positionals } = parse(args, command);
  const [argument, ...others] = positionals;
  const number = command.takesNumber && others.length > 0 ? Number(others.shift()) : 0;
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new UsageError(`The number must be that of an event, as "waiting" shows it. ${usageLine(command)}`);
  }
  const isMissing = command.argument !== null && !command.isOptional && !argument;
  if (isMissing) throw new UsageError(`"${name}" needs a ${command.argument}. ${usageLine(command)}`);
  if (others.length > 0 || (command.argument === null && argument !== undefined)) {
    throw new UsageError(`"${name}" has too many arguments. ${usageLine(command)}`);
  }
  const limit = Number('limit' in values ? (values.limit ?? DEFAULT_LIMIT) : DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new UsageError(`--limit must be a whole number from 1 to ${MAX_LIMIT}. ${usageLine(command)}`);
  }
  const to = 'to' in values && typeof values.to === 'string' ? values.to : undefined;
  const isNow = 'now' in values && values.now === true;
  const isConfirmed = 'yes' in values && values.yes === true;
  return { command, argument, number, limit, to, isNow, isConfirmed, isJson: values.json === true };
}
