/** `npm start`: runs the command line and prints failures. */

import { onClosedOutput } from './closed-output.ts';
import { CommandError } from './command-error.ts';
import { run } from './command-line.ts';
import { terminalWidth, wrapped } from './terminal.ts';

// Ignore a closed output, because the exit code must report the result.
onClosedOutput(() => undefined);
try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(wrapped(error.message, terminalWidth()));
  process.exit(1);
}
