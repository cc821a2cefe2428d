/** `npm start`: runs the command line in a process, and prints its failures. */

import { onClosedOutput } from './closed-output.ts';
import { CommandError } from './command-error.ts';
import { run } from './command-line.ts';
import { terminalWidth, wrapped } from './terminal.ts';

// The exit code must report the result even if the output is not read.
onClosedOutput(() => undefined);
try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(wrapped(error.message, terminalWidth()));
  process.exit(1);
}
