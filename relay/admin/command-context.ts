/** The context, options and arguments of an operator's commands. */

import type { Clock } from '../clock.ts';
import type { Dispatcher } from '../delivery/dispatcher.ts';
import type { Log } from '../log.ts';
import type { RegisteredChannels } from '../registered-channels.ts';
import type { Store } from '../store/store.ts';

/** The parts of a running relay that commands use. */
export interface CommandContext {
  readonly store: Store;
  readonly dispatcher: Pick<Dispatcher, 'saveResults'>;
  readonly registered: Pick<RegisteredChannels, 'forget'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The options of commands that take some. */
export interface CommandOptions {
  /** The limit of a list, or the number of an event; 0 if there is none. */
  readonly number: number;
  /** True with `--now`. */
  readonly isNow: boolean;
}

/** A command with its arguments. */
export interface CommandValues {
  /** The value of the command's argument; undefined if it is missing. */
  readonly argument: string | undefined;
  /** Number of an event; 0 if there is none. */
  readonly number: number;
  readonly limit: number;
  /** The value of `--to`; undefined if it is missing. */
  readonly to: string | undefined;
  /** True with `--now`. */
  readonly isNow: boolean;
  /** True with `--yes`. */
  readonly isConfirmed: boolean;
  readonly isJson: boolean;
}
