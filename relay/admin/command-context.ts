/** The types of the operator's commands: their context, their arguments and their output. */

import type { Readable } from 'node:stream';

import type { ServerOptions } from '../http/server-options.ts';
import type { Log } from '../log.ts';
import type { Pauses } from '../monitoring/pauses.ts';

/** The parts of a running relay that commands use. */
export interface CommandContext extends Pick<
  ServerOptions,
  'store' | 'dispatcher' | 'registered' | 'refusals' | 'clock'
> {
  readonly log: Log;
  readonly pauses: Pick<Pauses, 'summary'>;
  /**
   * The folder in which backups for the standard output are written. Each file is removed from the folder before it is
   * sent.
   */
  readonly backupFolder: string;
}

/** The result of a command that writes a file to the standard output. */
export interface FileOutput {
  readonly file: Readable;
  readonly bytes: number;
}

/**
 * The result of a command: the text to print, or the text together with the data that `--json` prints instead of it.
 */
export type CommandOutput =
  | string
  | {
      readonly text: string;
      readonly data: object;
      /** True if the command has found a problem. The exit code is then 1. */
      readonly hasProblem?: boolean;
    };

/** The arguments and options of a command by their names. An option that takes no value has the value `true`. */
export type CommandValues = Readonly<Record<string, string>>;
