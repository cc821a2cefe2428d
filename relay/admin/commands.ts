/** The operator's commands: their arguments, their implementations and their output. */

import { backUp } from './backup.ts';
import { check, checkText, hasProblem } from './check.ts';
import { listChannels, listDead, listSubscriptions, listWaiting } from './lists.ts';
import * as output from './output.ts';
import { forget, pause, redrive, replaceUrl, resume, skip } from './repairs.ts';
import type { CommandContext, CommandOptions, CommandValues } from './command-context.ts';

/** A command of `npm run relay -- <command>`. */
export interface Command {
  readonly name: string;
  /** The name of the command's argument, which is also the key in the request; null if it takes none. */
  readonly argument: 'channel' | 'subscription' | 'file' | null;
  readonly isOptional?: boolean;
  /** True if it takes the number of an event as an optional second argument. */
  readonly takesNumber?: boolean;
  /** True if it takes `--limit`. */
  readonly isList?: boolean;
  /** True if it takes `--now`. */
  readonly hasNow?: boolean;
  /** True if it takes `--to` and `--yes`. */
  readonly hasTarget?: boolean;
  /** True if its duration depends on the amount of data. */
  readonly isLong?: boolean;
  readonly summary: string;
  /**
   * Runs the command in the relay; missing if no relay may be running.
   *
   * @param argument - empty if the argument is optional and missing
   * @throws {Problem} with the reason and advice for the operator
   */
  readonly run?: (context: CommandContext, argument: string, options: CommandOptions) => Promise<object>;
  /** Runs the command in this process while no relay is running; missing if that is not possible. */
  readonly offline?: (
    invocation: CommandValues,
    environment: NodeJS.ProcessEnv,
    print: (text: string) => void,
  ) => Promise<object>;
  /** Returns true if the exit code must be 1 although the command has a response. */
  readonly hasProblem?: (response: never) => boolean;
  /** Returns the response as human-readable text. With `--json`, the response itself is the output. */
  readonly print: (response: never, now: number) => string;
}

/** Commands in the order of the usage text. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'check',
    argument: null,
    summary: 'Checks the installation, and says what to correct.',
    run: () => check(process.env, true),
    offline: (_invocation, environment) => check(environment, false),
    hasProblem,
    print: checkText,
  },
  {
    name: 'channels',
    argument: null,
    summary: 'Lists the channels.',
    run: listChannels,
    print: output.channelsText,
  },
  {
    name: 'subscriptions',
    argument: 'channel',
    isOptional: true,
    summary: 'Lists the subscriptions, one for each Zap that is on.',
    run: listSubscriptions,
    print: output.subscriptionsText,
  },
  {
    name: 'waiting',
    argument: 'subscription',
    isList: true,
    summary: 'Lists the oldest events that are waiting for a Zap.',
    run: listWaiting,
    print: output.waitingText,
  },
  {
    name: 'dead',
    argument: 'subscription',
    isList: true,
    summary: 'Lists the oldest events that were given up for a Zap.',
    run: listDead,
    print: output.deadText,
  },
  {
    name: 'redrive',
    argument: 'subscription',
    summary: 'Delivers the dead letters of a Zap again.',
    run: redrive,
    print: output.redriveText,
  },
  {
    name: 'skip',
    argument: 'subscription',
    takesNumber: true,
    summary: 'Turns an event that is waiting for a Zap into a dead letter: the one with the number, or the oldest.',
    run: skip,
    print: output.skipText,
  },
  {
    name: 'pause',
    argument: 'subscription',
    summary: 'Stops deliveries to a Zap until "resume".',
    run: pause,
    print: output.pauseText,
  },
  {
    name: 'resume',
    argument: 'subscription',
    summary: 'Resumes deliveries to a paused Zap.',
    run: resume,
    print: output.resumeText,
  },
  {
    name: 'new-url',
    argument: 'channel',
    hasNow: true,
    summary: 'Gives a channel a new webhook URL. The old one works for another day, or with --now, not at all.',
    run: replaceUrl,
    print: output.newUrlText,
  },
  {
    name: 'forget',
    argument: 'channel',
    isLong: true,
    summary: 'Deletes a channel with all its data.',
    run: forget,
    offline: async ({ argument }, environment) =>
      (await import('./forget-offline.ts')).forgetOffline(argument, environment),
    print: output.forgetText,
  },
  {
    name: 'backup',
    argument: 'file',
    isLong: true,
    summary: 'Writes a backup of the store to a new file.',
    run: backUp,
    print: output.backupText,
  },
  {
    name: 'restore',
    argument: 'file',
    summary: 'Replaces the SQLite file of a stopped relay with a backup.',
    offline: async ({ argument }, environment) => (await import('./restore.ts')).restore(argument, environment),
    print: output.restoreText,
  },
  {
    name: 'move',
    argument: null,
    hasTarget: true,
    summary: 'Moves the SQLite file of a stopped relay into a PostgreSQL database. Without --yes, it only checks both.',
    offline: async (invocation, environment, print) =>
      (await import('./move.ts')).moveStore(invocation, environment, (plan) => {
        print(output.movePlanText(plan));
      }),
    print: output.moveText,
  },
];
