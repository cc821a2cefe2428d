/** Runs `npm start` as a process, with or without npm. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { jest } from '@jest/globals';

import { CommandError } from '../local/command-error.ts';

/**
 * Time limit of a test that builds the app and starts the stand-ins, in milliseconds. It only ends tests that hang: on
 * two busy cores at a quarter of their speed, the start takes more than a minute.
 */
export const STARTUP_MS = 300_000;
export const SCRIPT = [process.execPath, '--disable-warning=ExperimentalWarning', 'local/main.ts'];
/** The same command, run through npm. */
export const NPM = ['npm', '--no-update-notifier', 'start', '--'];

/** A running command. */
export interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** Resolves when the given text has been printed. Rejects if the process ends first. */
  readonly printed: (text: string) => Promise<void>;
}

/**
 * Runs the command in a separate process group, as a shell does. Its lines are not broken, unless the environment sets
 * COLUMNS.
 */
export function start(args: string[], environment: Record<string, string> = {}, command = SCRIPT): Run {
  const [program = '', ...programArgs] = command;
  const child = spawn(program, [...programArgs, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, COLUMNS: '1000', ...environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (stream === child.stderr) errors += chunk;
      for (const listener of listeners) listener();
    });
  }
  const printed = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const forget = () => {
        listeners.delete(check);
        child.off('exit', fail);
      };
      const check = () => {
        if (!output.includes(text)) return;
        forget();
        resolve();
      };
      const fail = () => {
        forget();
        reject(new Error(`The process ended without printing "${text}". It printed:\n${output}`));
      };
      listeners.add(check);
      child.once('exit', fail);
      check();
    });
  return { child, output: () => output, errors: () => errors, printed };
}

/** Presses Ctrl-C: the terminal sends SIGINT to the whole process group. */
export const interrupt = ({ child }: Run): boolean => process.kill(-(child.pid ?? 0), 'SIGINT');

/** Runs the command until it ends. */
export async function runToEnd(args: string[], environment: Record<string, string> = {}) {
  const { child, output, errors } = start(args, environment);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output(), errors: errors() };
}

/** Makes a server listen on a free port and returns the port. */
export async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return String((server.address() as AddressInfo).port);
}

/** Returns a port on which nothing listens. */
export async function freePort(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a part of a command in this process, in a wide terminal. Returns its output and its error message. */
export async function outputOf(run: () => Promise<void>): Promise<{ output: string; error: string }> {
  const log = jest.spyOn(console, 'log').mockReturnValue();
  const { columns } = process.stdout;
  process.stdout.columns = 1000;
  try {
    const error = await run().then(
      () => '',
      (reason: unknown) => {
        if (reason instanceof CommandError) return reason.message;
        throw reason;
      },
    );
    return { output: log.mock.calls.map(([text]) => `${String(text)}\n`).join(''), error };
  } finally {
    process.stdout.columns = columns;
    log.mockRestore();
  }
}
