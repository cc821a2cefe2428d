/** Relays in separate processes, so that they can be killed, stopped and measured. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { request } from 'undici';

import relayPackage from '../package.json' with { type: 'json' };
import { REGISTRATION_SECRET } from './sample-delivery.ts';

const START_MS = 20_000;

/** The folder from which `npm run relay` starts the relay. */
const RELAY_FOLDER = fileURLToPath(new URL('..', import.meta.url));
/** The built relay's entry point, an absolute path. */
export const RELAY_MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/**
 * Returns the arguments that the start script in `relay/package.json` passes to Node.js, so that tests start the relay
 * as users do.
 */
function startArguments(): string[] {
  const [command, ...args] = relayPackage.scripts.start.split(' ');
  if (command !== 'node' || join(RELAY_FOLDER, args.at(-1) ?? '') !== RELAY_MAIN) {
    throw new Error(
      `The start script of relay/package.json ("${relayPackage.scripts.start}") does not run ${RELAY_MAIN}. ` +
        'Update relay/harness/relay-process.ts.',
    );
  }
  if (!existsSync(RELAY_MAIN)) throw new Error('The relay has not been built. Run "npm run build:relay".');
  return args;
}

/** Node.js and V8 options for relays. */
export const nodeOptions = (): string[] => startArguments().slice(0, -1);

/** Environment variables for relays, except the relays' own variables. */
export const PROCESS_ENVIRONMENT = {
  PATH: process.env.PATH,
  NODE_ENV: 'production',
} as const;

export interface RelayProcess {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Time from the start of the process until it was ready, in milliseconds. */
  readonly startMs: number;
  /** Sends a signal. Resolves once the process has exited. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

export interface RelayProcessOptions {
  readonly port: number;
  /** `RELAY_...` variables, in addition to the variables that a local run needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Maximum size of a file, in kB. Writes beyond it fail as on a full disk. */
  readonly fileLimitKb?: number;
  /** File to which the output of the process is appended. By default, it is the output of this process. */
  readonly logPath?: string;
}

/** Returns true if a process has exited. */
export const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Sends a signal to a process, unless it has exited. Resolves when the process has exited. */
export async function killAndWait(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasExited(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/readyz`);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

/**
 * Starts a relay. Resolves once the relay is ready.
 *
 * @throws {Error} if the process exits or is not ready within 20 seconds
 */
export async function startRelayProcess(options: RelayProcessOptions): Promise<RelayProcess> {
  const { port, environment, fileLimitKb, logPath } = options;
  const url = `http://127.0.0.1:${port}`;
  const args = startArguments();
  const env = {
    ...PROCESS_ENVIRONMENT,
    LOG_LEVEL: 'error',
    RELAY_ADMIN_SOCKET: 'off',
    RELAY_ORIGIN: url,
    RELAY_PORT: String(port),
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    ...environment,
  };
  const log = logPath === undefined ? null : openSync(logPath, 'a');
  const output = log ?? 'inherit';
  const start = performance.now();
  const child =
    fileLimitKb === undefined
      ? spawn(process.execPath, args, { cwd: RELAY_FOLDER, env, stdio: ['ignore', output, output] })
      : spawn('bash', ['-c', `ulimit -f ${fileLimitKb}; exec "$@"`, 'relay', process.execPath, ...args], {
          cwd: RELAY_FOLDER,
          env,
          stdio: 'ignore',
        });
  if (log !== null) closeSync(log);
  while (!(await isReady(url))) {
    if (hasExited(child) || performance.now() - start > START_MS) {
      await killAndWait(child, 'SIGKILL');
      throw new Error(`The relay on port ${port} did not become ready. Its error is printed above.`);
    }
    await sleep(10);
  }
  return { child, url, startMs: performance.now() - start, kill: (signal) => killAndWait(child, signal) };
}
