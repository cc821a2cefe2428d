/** The operator's commands: their arguments, options, implementations, and usage text. */

import { backUp } from './backup.ts';
import { forget, pause, redrive, replaceUrl, resume, skip } from './change-commands.ts';
import { check } from './check.ts';
import type { CommandContext, CommandOutput, CommandValues, FileOutput } from './command-context.ts';
import { listChannels, listDead, listSubscriptions, listWaiting, MAX_LIMIT } from './list-commands.ts';
import { newOrigin, newOriginOffline } from './new-origin.ts';

/** An argument of a command, or the value of an option. */
export interface Argument {
  /** The argument's name in the usage text. */
  readonly name: string;
  readonly isOptional?: boolean;
  /**
   * Limits of an argument that must be a whole number from 1 to `max`; missing for other arguments. `message` is the
   * error message for an invalid number.
   */
  readonly number?: { readonly max: number; readonly message: string };
}

/** An option of a command, in the format of Node.js's `parseArgs`. */
export type Option = { readonly type: 'boolean' } | { readonly type: 'string'; readonly value: Argument };

/** A command of `npm run relay -- <command>`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The arguments that follow the name, in order. */
  readonly args?: readonly Argument[];
  readonly options?: Readonly<Record<string, Option>>;
  /** True if the duration of the command depends on the amount of data. Such a command has no time limit. */
  readonly isLong?: boolean;
  /**
   * Runs the command in the relay; missing for a command that requires the relay to be stopped.
   *
   * @throws {Problem} with advice for the operator
   */
  readonly run?: (context: CommandContext, values: CommandValues) => Promise<CommandOutput | FileOutput>;
  /**
   * Runs the command in this process while no relay is running; missing for a command that requires a running relay.
   */
  readonly offline?: (
    values: CommandValues,
    environment: NodeJS.ProcessEnv,
    print: (text: string) => void,
  ) => Promise<CommandOutput>;
}

const CHANNEL: Argument = { name: 'channel' };
const SUBSCRIPTION: Argument = { name: 'subscription' };
const FILE: Argument = { name: 'file' };
const LIMIT: Option = {
  type: 'string',
  value: {
    name: 'number',
    number: { max: MAX_LIMIT, message: `--limit must be a whole number from 1 to ${MAX_LIMIT}.` },
  },
};
const NUMBER: Argument = {
  name: 'number',
  isOptional: true,
  number: {
    max: Number.MAX_SAFE_INTEGER,
    message: 'The number must be the number of an event, as "waiting" shows it.',
  },
};

/** Commands in the order of the usage text. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'check',
    summary: 'Checks the installation, and says what to correct.',
    run: ({ pauses }) => check(process.env, true, { pauses: pauses.summary() }),
    offline: (_values, environment) => check(environment, false),
  },
  { name: 'channels', summary: 'Lists the channels.', run: listChannels },
  {
    name: 'subscriptions',
    args: [{ ...CHANNEL, isOptional: true }],
    summary: 'Lists the subscriptions, one for each Zap that is on.',
    run: listSubscriptions,
  },
  {
    name: 'waiting',
    args: [SUBSCRIPTION],
    options: { limit: LIMIT },
    summary: 'Lists the oldest events that are waiting for a Zap.',
    run: listWaiting,
  },
  {
    name: 'dead',
    args: [SUBSCRIPTION],
    options: { limit: LIMIT },
    summary: 'Lists the oldest events that were given up for a Zap.',
    run: listDead,
  },
  {
    name: 'redrive',
    args: [SUBSCRIPTION],
    summary: 'Delivers the dead letters of a Zap again.',
    run: redrive,
  },
  {
    name: 'skip',
    args: [SUBSCRIPTION, NUMBER],
    summary:
      'Turns the oldest event that is waiting for a Zap, or the waiting event with the number, into a dead letter.',
    run: skip,
  },
  { name: 'pause', args: [SUBSCRIPTION], summary: 'Stops deliveries to a Zap until "resume".', run: pause },
  { name: 'resume', args: [SUBSCRIPTION], summary: 'Resumes deliveries to a paused Zap.', run: resume },
  {
    name: 'new-url',
    args: [CHANNEL],
    options: { now: { type: 'boolean' } },
    summary:
      'Gives a channel a new webhook URL. The old URL works for another day. With --now, it stops working at once.',
    run: replaceUrl,
  },
  {
    name: 'new-origin',
    args: [{ name: 'origin' }],
    options: { yes: { type: 'boolean' } },
    summary: 'Assigns the store to another RELAY_ORIGIN. Without --yes, only lists the consequences.',
    run: newOrigin,
    offline: newOriginOffline,
  },
  {
    name: 'forget',
    args: [CHANNEL],
    summary: 'Deletes a channel with all its data.',
    isLong: true,
    run: forget,
  },
  {
    name: 'backup',
    args: [FILE],
    summary: 'Writes a backup of the store to a new file, or to the standard output if the file is "-".',
    isLong: true,
    run: backUp,
  },
  {
    name: 'restore',
    args: [{ ...FILE, isOptional: true }],
    options: { 'at-restart': { type: 'boolean' } },
    summary:
      'Replaces the SQLite file of a stopped relay with a backup: a file, or "-" for the standard input. With --at-restart, a ' +
      'running relay replaces its file at its next start. Without a file, lists the backups that fit this version.',
    offline: async (values, environment) => (await import('./restore-command.ts')).restore(values, environment),
  },
  {
    name: 'move',
    options: { to: { type: 'string', value: { name: 'url' } }, yes: { type: 'boolean' } },
    summary:
      'Moves the SQLite file of a stopped relay into a PostgreSQL database. Without --yes, only checks the file and the database.',
    offline: async (...invocation) => (await import('./move-command.ts')).moveStore(...invocation),
  },
];

/**
 * The command name in a checkout. The scripts of an installation and of the image set `COMMAND_NAME` to their own
 * command name.
 */
export const IN_CHECKOUT = 'npm run relay --';

/** Returns the name of a command with its arguments and options. Brackets enclose optional parts. */
export function synopsisOf({ name, args = [], options = {} }: Command): string {
  const parts = args.map((argument) => (argument.isOptional ? `[<${argument.name}>]` : `<${argument.name}>`));
  for (const [option, spec] of Object.entries(options)) {
    parts.push(spec.type === 'string' ? `[--${option} <${spec.value.name}>]` : `[--${option}]`);
  }
  return [name, ...parts].join(' ');
}

/** Returns the list of all commands. @param program - the program that the operator uses to run a command */
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
