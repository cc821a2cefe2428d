/** Definitions of the operator's commands. `relay/admin/list-routes.ts` and `repair-routes.ts` implement them. */

import type { MoveOptions } from './move.ts';
import {
  backupText,
  channelsText,
  deadText,
  forgetText,
  moveText,
  pauseText,
  redriveText,
  resumeText,
  skipText,
  subscriptionsText,
  waitingText,
} from './output.ts';

/** A command of `npm run relay -- <command>`. */
export interface Command {
  readonly name: string;
  /** The name of the command's argument, which is also the key in the request; null if it takes none. */
  readonly argument: 'channel' | 'subscription' | 'file' | null;
  readonly isOptional?: boolean;
  /** True if it takes `--limit`. */
  readonly isList?: boolean;
  /** Carries out the command while no relay is running; missing if that is not possible. */
  readonly offline?: (argument: string, environment: NodeJS.ProcessEnv) => Promise<object>;
  /** Runs the command in this process with `--to` and `--yes`. No relay may be running at the time. */
  readonly alone?: (
    options: MoveOptions,
    environment: NodeJS.ProcessEnv,
    print: (text: string) => void,
  ) => Promise<object>;
  /** True if its duration depends on the amount of data. */
  readonly isLong?: boolean;
  readonly summary: string;
  /** Returns the response of the command's route as human-readable text. */
  readonly print: (response: never, now: number) => string;
}

/** Commands in the order of the usage text. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'channels',
    argument: null,
    summary: 'Lists the channels.',
    print: channelsText,
  },
  {
    name: 'subscriptions',
    argument: 'channel',
    isOptional: true,
    summary: 'Lists the subscriptions, one for each Zap that is on.',
    print: subscriptionsText,
  },
  {
    name: 'waiting',
    argument: 'subscription',
    isList: true,
    summary: 'Lists the oldest events that are waiting for a Zap.',
    print: waitingText,
  },
  {
    name: 'dead',
    argument: 'subscription',
    isList: true,
    summary: 'Lists the oldest events that were given up for a Zap.',
    print: deadText,
  },
  {
    name: 'redrive',
    argument: 'subscription',
    summary: 'Delivers the dead letters of a Zap again.',
    print: redriveText,
  },
  {
    name: 'skip',
    argument: 'subscription',
    summary: 'Turns the oldest event that is waiting for a Zap into a dead letter.',
    print: skipText,
  },
  {
    name: 'pause',
    argument: 'subscription',
    summary: 'Stops deliveries to a Zap until "resume".',
    print: pauseText,
  },
  {
    name: 'resume',
    argument: 'subscription',
    summary: 'Resumes deliveries to a paused Zap.',
    print: resumeText,
  },
  {
    name: 'forget',
    argument: 'channel',
    isLong: true,
    summary: 'Deletes a channel with all its data.',
    print: forgetText,
    offline: async (argument, environment) =>
      (await import('./forget-offline.ts')).forgetOffline(argument, environment),
  },
  {
    name: 'backup',
    argument: 'file',
    isLong: true,
    summary: 'Writes a backup of the store to a new file.',
    print: backupText,
  },
  {
    name: 'move',
    argument: null,
    summary: 'Moves the SQLite file of a stopped relay into a PostgreSQL database. Without --yes, it only checks both.',
    print: moveText,
    alone: async (options, environment, print) => (await import('./move.ts')).moveStore(options, environment, print),
  },
];
