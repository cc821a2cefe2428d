/** The operator's commands: their arguments and their implementations, which return their output. */

import { backUp } from './backup.ts';
import { check } from './check.ts';
import type { CommandContext, CommandOutput, CommandValues } from './command-context.ts';
import { listChannels, listDead, listSubscriptions, listWaiting } from './lists.ts';
import { forget, pause, redrive, replaceUrl, resume, skip } from './repairs.ts';

/** A command of `npm run relay -- <command>`. */
export interface Command {
  readonly name: string;
  /** The names of its arguments and options as the usage text shows them. Brackets enclose those that may be missing. */
  readonly synopsis: string;
  readonly summary: string;
  /** True if its duration depends on the amount of data. */
  readonly isLong?: boolean;
  /**
   * Runs the command in the relay; missing if no relay may be running.
   *
   * @throws {Problem} with the reason and advice for the operator
   */
  readonly run?: (context: CommandContext, values: CommandValues) => Promise<CommandOutput>;
  /** Runs the command in this process while no relay is running; missing if that is not possible. */
  readonly offline?: (
    values: CommandValues,
    environment: NodeJS.ProcessEnv,
    print: (text: string) => void,
  ) => Promise<string>;
}

/** Commands in the order of the usage text. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'check',
    synopsis: '',
    summary: 'Checks the installation, and says what to correct.',
    run: () => check(process.env, true),
    offline: (_values, environment) => check(environment, false),
  },
  { name: 'channels', synopsis: '', summary: 'Lists the channels.', run: listChannels },
  {
    name: 'subscriptions',
    synopsis: '[<channel>]',
    summary: 'Lists the subscriptions, one for each Zap that is on.',
    run: listSubscriptions,
  },
  {
    name: 'waiting',
    synopsis: '<subscription> [--limit <number>]',
    summary: 'Lists the oldest events that are waiting for a Zap.',
    run: listWaiting,
  },
  {
    name: 'dead',
    synopsis: '<subscription> [--limit <number>]',
    summary: 'Lists the oldest events that were given up for a Zap.',
    run: listDead,
  },
  {
    name: 'redrive',
    synopsis: '<subscription>',
    summary: 'Delivers the dead letters of a Zap again.',
    run: redrive,
  },
  {
    name: 'skip',
    synopsis: '<subscription> [<number>]',
    summary: 'Turns an event that is waiting for a Zap into a dead letter: the one with the number, or the oldest.',
    run: skip,
  },
  { name: 'pause', synopsis: '<subscription>', summary: 'Stops deliveries to a Zap until "resume".', run: pause },
  { name: 'resume', synopsis: '<subscription>', summary: 'Resumes deliveries to a paused Zap.', run: resume },
  {
    name: 'new-url',
    synopsis: '<channel> [--now]',
    summary: 'Gives a channel a new webhook URL. The old one works for another day, or with --now, not at all.',
    run: replaceUrl,
  },
  {
    name: 'forget',
    synopsis: '<channel>',
    summary: 'Deletes a channel with all its data.',
    isLong: true,
    run: forget,
  },
  {
    name: 'backup',
    synopsis: '<file>',
    summary: 'Writes a backup of the store to a new file.',
    isLong: true,
    run: backUp,
  },
  {
    name: 'restore',
    synopsis: '<file>',
    summary: 'Replaces the SQLite file of a stopped relay with a backup.',
    offline: async (values, environment) => (await import('./restore.ts')).restore(values, environment),
  },
  {
    name: 'move',
    synopsis: '[--to <url>] [--yes]',
    summary: 'Moves the SQLite file of a stopped relay into a PostgreSQL database. Without --yes, it only checks both.',
    offline: async (...invocation) => (await import('./move.ts')).moveStore(...invocation),
  },
];
