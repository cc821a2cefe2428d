/** Reasons for `npm start` to end: Ctrl-C, another signal, the end of npm, or a closed output pipe. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SHELL_CHECK_MS = 500;

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

/** Calls a function if the shell of npm has ended. On SIGTERM, npm and its shell end without passing the signal on. */
function onEndedShell(handle: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) handle();
  }, SHELL_CHECK_MS).unref();
}

/** Resolves on SIGINT, SIGTERM, SIGHUP or a closed output, and when npm ends. The caller must then end the process. */
export const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        resolve();
      });
    }
    onClosedOutput(resolve);
    onEndedShell(resolve);
  });
