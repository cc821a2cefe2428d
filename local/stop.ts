/** The ways in which `npm start` is stopped: a signal, the end of npm, and a closed output. */

import { onClosedOutput } from './closed-output.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Interval between two checks that npm's shell is still running, in milliseconds. */
const SHELL_CHECK_MS = 500;

/** Calls a function when npm's shell has ended. On SIGTERM, npm and its shell end without forwarding the signal. */
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
