/** The operator's commands: their arguments and their implementations, which return their output. */

import { backUp } from './backup.ts';
import { check } from './check.ts';
import type { CommandContext, CommandOutput, CommandValues } from './command-context.ts';
import { listChannels, listDead, listSubscriptions, listWaiting } from './lists.ts';
import { forget, pause, redrive, replaceUrl, resume, skip } from './repairs.ts';

/** A command of `npm run relay -- <command>`. */
interface Command {
  readonly name: string;
  /** Name, arguments and options of the command, as the usage text shows them. Brackets enclose optional parts. */
  readonly synopsis: string;
  readonly summary: string;
  /** True if its duration depends on the amount of data. */
  readonly isLong?: boolean;
  /** Runs the command in the relay; missing if no relay may be running. @throws {Problem} with advice for the operator */
  readonly run?: (context: CommandContext, values: CommandValues) => Promise<CommandOutput>;
  /** Runs the command in this process while no relay is running; missing if that is not possible. */
  readonly offline?: (
    values: CommandValues,
    environment: NodeJS.ProcessEnv,
    print: (text: string) => void,
  ) => Promise<string>;
}

const command = (
  synopsis: string,
  summary: string,
  implementation: Pick<Command, 'isLong' | 'run' | 'offline'>,
): Command => ({
  name: synopsis.replace(/ .*/, ''),
  synopsis,
  summary,
  ...implementation,
});

/** Commands in the order of the usage text. */
export const COMMANDS: readonly Command[] = [
  command('check', 'Checks the installation, and says what to correct.', {
    run: () => check(process.env, true),
    offline: (_values, environment) => check(environment, false),
  }),
  command('channels', 'Lists the channels.', { run: listChannels }),
  command('subscriptions [<channel>]', 'Lists the subscriptions, one for each Zap that is on.', {
    run: listSubscriptions,
  }),
  command('waiting <subscription> [--limit <number>]', 'Lists the oldest events that are waiting for a Zap.', {
    run: listWaiting,
  }),
  command('dead <subscription> [--limit <number>]', 'Lists the oldest events that were given up for a Zap.', {
    run: listDead,
  }),
  command('redrive <subscription>', 'Delivers the dead letters of a Zap again.', { run: redrive }),
  command(
    'skip <subscription> [<number>]',
    'Turns an event that is waiting for a Zap into a dead letter: the one with the number, or the oldest.',
    { run: skip },
  ),
  command('pause <subscription>', 'Stops deliveries to a Zap until "resume".', { run: pause }),
  command('resume <subscription>', 'Resumes deliveries to a paused Zap.', { run: resume }),
  command(
    'new-url <channel> [--now]',
    'Gives a channel a new webhook URL. The old one works for another day, or with --now, not at all.',
    { run: replaceUrl },
  ),
  command('forget <channel>', 'Deletes a channel with all its data.', { run: forget, isLong: true }),
  command('backup <file>', 'Writes a backup of the store to a new file.', { run: backUp, isLong: true }),
  command('restore <file>', 'Replaces the SQLite file of a stopped relay with a backup.', {
    offline: async (values, environment) => (await import('./offline.ts')).restore(values, environment),
  }),
  command(
    'move [--to <url>] [--yes]',
    'Moves the SQLite file of a stopped relay into a PostgreSQL database. Without --yes, it only checks both.',
    { offline: async (...invocation) => (await import('./offline.ts')).moveStore(...invocation) },
  ),
];
