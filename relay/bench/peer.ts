/** Processes that relays are compared with. */

import { fork } from 'node:child_process';
import { once } from 'node:events';

import { killAndWait, killOnExit, nodeOptions } from '../harness/relay-process.ts';

/** Runs a file of this folder with the relay's options for Node.js. Returns its first message and a function to end it. */
export function startPeer(file: string, args: readonly string[] = []) {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: ['--no-warnings', ...nodeOptions()] });
  killOnExit(child);
  const message = once(child, 'message').then(([text]: unknown[]) => String(text));
  return { message, stop: () => killAndWait(child, 'SIGKILL') };
}
