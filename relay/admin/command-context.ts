/** The context and the arguments of an operator's commands. */

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

/** The result of a command: the text to print, or this text with the data that `--json` prints instead. */
export type CommandOutput = string | { readonly text: string; readonly data: object };

/** The arguments and options of a command by their names. An option without a value has the value `true`. */
export type CommandValues = Readonly<Record<string, string>>;
