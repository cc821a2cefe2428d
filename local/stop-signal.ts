/** Reasons for `npm start` to end: Ctrl-C, another signal, the end of npm, or a closed output pipe. */

import { once } from 'node:events';

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

/**
 * Calls a function if the shell that npm started has ended. On SIGTERM, npm and its shell end without passing the signal
 * on to this process.
 */
function onEndedShell(handle: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) handle();
  }, SHELL_CHECK_MS).unref();
}

/**
 * Returns a signal that aborts on SIGINT, SIGTERM, SIGHUP or a closed output, and when npm ends. From then on, none of
 * these events ends the process automatically, so the caller must end it.
 */
export function createStopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  onClosedOutput(stop);
  onEndedShell(stop);
  return controller.signal;
}

/** Resolves when a signal aborts; immediately if it has already aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/**
 * Waits for a promise until a signal aborts.
 *
 * @throws the signal's reason if the signal aborts first
 */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const abort = aborted(signal).then((): never => {
    signal.throwIfAborted();
    throw new Error('Expected the signal to be aborted.');
  });
  return Promise.race([promise, abort]);
}
