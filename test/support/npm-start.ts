/** Runs `npm start` as a process, with or without npm. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { until } from '../../relay/harness/until.ts';

/**
 * Time limit of a test that builds the app and starts the stand-ins, in milliseconds. The limit only ends tests that
 * hang. On two busy cores throttled to a quarter of their speed, the start takes more than a minute.
 */
export const STARTUP_MS = 300_000;
export const SCRIPT = [process.execPath, '--disable-warning=ExperimentalWarning', 'local/main.ts'];
/** The same command, run through npm. */
export const NPM = ['npm', '--silent', '--no-update-notifier', 'start', '--'];

/** A running command. */
export interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** Resolves when the process has printed the given text. Rejects if the process ends first. */
  readonly printed: (text: string) => Promise<void>;
}

/**
 * Runs the command in a separate process group, as a shell does. The lines of its output are not wrapped, unless the
 * environment sets COLUMNS.
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
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (stream === child.stderr) errors += chunk;
    });
  }
  const printed = async (text: string) => {
    await until(() => output.includes(text) || (child.exitCode ?? child.signalCode) !== null, STARTUP_MS);
    if (!output.includes(text)) throw new Error(`The process ended without printing "${text}". It printed:\n${output}`);
  };
  return { child, output: () => output, errors: () => errors, printed };
}

/**
 * The exit codes and signals that are accepted after Ctrl-C. The signal ends npm, and also a script that has not
 * reached its first statement.
 */
export const INTERRUPTED = [
  [0, null],
  [null, 'SIGINT'],
];

/** Presses Ctrl-C: the terminal sends SIGINT to the whole process group. */
export const interrupt = ({ child }: Run): boolean => process.kill(-(child.pid ?? 0), 'SIGINT');

/** Runs the command until it ends. */
export async function runToEnd(args: string[], environment: Record<string, string> = {}) {
  const { child, output, errors } = start(args, environment);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output(), errors: errors() };
}
