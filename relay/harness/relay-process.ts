/** Relays in separate processes, so that they can be killed, suspended and measured. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import relayPackage from '../package.json' with { type: 'json' };
import type { RelayOptions } from '../relay.ts';
import { freePort } from './free-port.ts';
import { REGISTRATION_SECRET } from './sample-delivery.ts';
import { until } from './until.ts';

const RELAY_FOLDER = fileURLToPath(new URL('..', import.meta.url));
/** Absolute path of the built relay's entry point. */
export const RELAY_MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/**
 * Returns the arguments that the start script in `relay/package.json` passes to Node.js, so that tests start the relay
 * as users do.
 */
function startArguments(): string[] {
  const { start } = relayPackage.scripts;
  const [command, ...args] = start.split(' ');
  if (command !== 'node' || join(RELAY_FOLDER, args.at(-1) ?? '') !== RELAY_MAIN)
    throw new Error(`The start script of relay/package.json ("${start}") does not run ${RELAY_MAIN}.`);
  if (!existsSync(RELAY_MAIN)) throw new Error('The relay has not been built. Run "npm run build:relay".');
  return args;
}

/**
 * The settings of glibc from the relay's systemd unit. With these settings, tests measure the memory that a relay uses
 * in production.
 */
function mallocSettings(): Record<string, string> {
  const unit = readFileSync(new URL('../../deploy/tutorcruncher-relay.service', import.meta.url), 'utf8');
  return Object.fromEntries(
    [...unit.matchAll(/^Environment=(MALLOC_\w+)=(\d+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** Node.js and V8 options for relays. */
export const nodeOptions = (): string[] => startArguments().slice(0, -1);

/**
 * Returns the arguments that start a relay without effective limits on the delivery rates. No environment variable
 * changes these limits.
 */
function unlimitedArguments(build = dirname(RELAY_MAIN)): string[] {
  const options: RelayOptions = { pace: { pacePerSubscription: 100_000, pacePerChannel: 100_000 } };
  const module = pathToFileURL(join(build, 'run.js')).href;
  const script = `import(${JSON.stringify(module)}).then(({ run }) => run(process.env, ${JSON.stringify(options)}))`;
  return [...nodeOptions(), '--eval', script];
}

export type RelayProcess = Awaited<ReturnType<typeof startRelayProcess>>;

interface RelayProcessOptions {
  /** Port to listen on; default: a free port. */
  readonly port?: number | undefined;
  /** `RELAY_...` variables, in addition to the variables that every local relay needs. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * True to accept webhooks and deliver events without limits on the rate, so that a test measures the relay itself.
   */
  readonly isUnlimited?: boolean;
  /** Folder of a build of the relay; default: the build of this version. */
  readonly build?: string | undefined;
  /** File that the output of the process is appended to; default: the output of this process. */
  readonly logPath?: string;
}

/** Returns true if a process has exited. */
export const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Sends a signal to a process that has not exited. Resolves when the process has exited. */
export async function killAndWait(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasExited(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

/** Ensures that a process does not outlive the current process. */
export function killOnExit(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  const kill = () => child.kill(signal);
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`, { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Starts a relay. Resolves once the relay is ready. @throws {Error} if the relay exits or does not become ready */
export async function startRelayProcess(options: RelayProcessOptions) {
  const { port = await freePort(), environment, logPath, isUnlimited = false, build } = options;
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    ...mallocSettings(),
    RELAY_ADMIN_SOCKET: 'off',
    RELAY_ORIGIN: url,
    RELAY_PORT: String(port),
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    ...(isUnlimited && { RELAY_MAX_EVENTS_PER_MINUTE: '100000000' }),
    ...environment,
  };
  const log = logPath === undefined ? null : openSync(logPath, 'a');
  const stdio = ['ignore', log ?? 'inherit', log ?? 'inherit'] as const;
  const ofBuild = build === undefined ? startArguments() : [...nodeOptions(), join(build, 'main.js')];
  const args = isUnlimited ? unlimitedArguments(build) : ofBuild;
  const child = spawn(process.execPath, args, { cwd: RELAY_FOLDER, env, stdio: [...stdio] });
  killOnExit(child);
  if (log !== null) closeSync(log);
  const start = until(async () => hasExited(child) || (await isReady(url)));
  await start.catch(() => killAndWait(child, 'SIGKILL'));
  if (hasExited(child)) throw new Error(`The relay on port ${port} did not become ready. Its log contains the cause.`);
  return {
    child,
    url,
    /** Sends a signal to the process. Resolves once the process has exited. */
    kill: (signal: NodeJS.Signals) => killAndWait(child, signal),
    /** Returns the peak resident memory of the process so far, in MiB, according to Linux's /proc. */
    peakMb: (): number => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
    },
  };
}
