/** The parser of the command, the arguments and the options that an operator enters. */

import { parseArgs } from 'node:util';

import { COMMANDS, IN_CHECKOUT, synopsisOf, usage, type Argument, type Command, type Option } from './commands.ts';

/** Thrown if arguments are invalid. The message tells the operator what to enter. */
export class UsageError extends Error {}

/** The option that every command has. */
const JSON_OPTION = { json: { type: 'boolean' } } as const;

/**
 * Divides the arguments of a command into the values of its options and all other arguments. An argument that is not an
 * option of the command counts as a value, because the name of a channel can start with a hyphen.
 */
function divide({ options: own = {} }: Command, args: readonly string[]) {
  const options: Readonly<Record<string, Option>> = { ...own, ...JSON_OPTION };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string>();
  // `parseArgs` turns an unknown group of short options into several tokens with the same index.
  const others = new Set<number>();
  for (const token of tokens) {
    const type = token.kind === 'option' ? options[token.name]?.type : undefined;
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
 * @param program - the program that the operator uses to run the command
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
