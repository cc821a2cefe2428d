/** The arguments of the commands. */

import { COMMANDS } from './commands.ts';
import { MAX_LIMIT } from './lists.ts';

/** Thrown if arguments are invalid. The message tells the operator what to enter. */
export class UsageError extends Error {}

/** The arguments that are whole numbers from 1, with their maximum and the message about an invalid one. */
const NUMBERS: Readonly<Record<string, readonly [max: number, message: string]>> = {
  limit: [MAX_LIMIT, `--limit must be a whole number from 1 to ${MAX_LIMIT}.`],
  number: [Number.MAX_SAFE_INTEGER, 'The number must be that of an event, as "waiting" shows it.'],
};

/** Returns the list of all commands. */
export function usage(): string {
  const width = Math.max(...COMMANDS.map(({ synopsis }) => synopsis.length));
  const lines = COMMANDS.map(({ synopsis, summary }) => `  ${synopsis.padEnd(width)}  ${summary}`);
  return [
    'Usage: npm run relay                    Starts a relay.',
    '       npm run relay -- <command>       Sends a command to the running relay. With --json, prints JSON.',
    '',
    ...lines,
    '',
    'A channel or subscription is named by its first characters. docs/relay-commands.md describes the commands.',
  ].join('\n');
}

/** A command with its values. */
export type Invocation = ReturnType<typeof parseInvocation>;

/**
 * Parses the name of a command and its arguments. All that is no option of the command is a value, because the names of
 * channels may start with hyphens. @throws {UsageError} if they are invalid
 */
export function parseInvocation([name = '', ...args]: readonly string[]) {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) throw new UsageError(`There is no command "${name}".\n\n${usage()}`);
  const { synopsis } = command;
  const fail = (reason: string) => new UsageError(`${reason} Usage: npm run relay -- ${synopsis}`);
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
