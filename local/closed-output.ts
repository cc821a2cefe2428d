/** Handles an output of the process, such as stdout, that the reader has closed. */

/**
 * Calls a function if the reader closes the output, as in `npm start | head`. Without such a handler, the process ends
 * with a stack trace. Other write errors, such as a full disk, are thrown.
 */
export function onClosedOutput(handle: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      handle();
    });
  }
}
