/** Relays as processes of their own, for what kills and measures them. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { request } from 'undici';

import relayPackage from '../package.json' with { type: 'json' };

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const START_MS = 20_000;

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

export interface RelayProcess {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** From its start until it served. */
  readonly milliseconds: number;
  /** Sends a signal, and waits for its end. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

export interface RelayProcessOptions {
  readonly port: number;
  /** RELAY_... variables; those for a local run are added. */
  readonly environment: Readonly<Record<string, string>>;
  /** No file may grow over so many kB: what a full disk does. */
  readonly fileLimitKb?: number;
}

/**
 * Starts a relay; resolves once it serves.
 *
 * @throws when it ends or does not serve in time
 */
export async function startRelayProcess(options: RelayProcessOptions): Promise<RelayProcess> {
  const { port, environment, fileLimitKb } = options;
  const url = `http://127.0.0.1:${port}`;
  const start = performance.now();
  // As people start it, so that what is measured is what they get.
  const [, ...args] = relayPackage.scripts.start.split(' ');
  const command = [process.execPath, ...args] as const;
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    // As docs/relay.md has it run: threads that each keep memory of their own keep more than they need.
    MALLOC_ARENA_MAX: '1',
    LOG_LEVEL: 'error',
    RELAY_ORIGIN: url,
    RELAY_PORT: String(port),
    ...environment,
  };
  const child =
    fileLimitKb === undefined
      ? spawn(command[0], args, { cwd: FOLDER, env, stdio: ['ignore', 'inherit', 'inherit'] })
      : spawn('bash', ['-c', `ulimit -f ${fileLimitKb}; exec "$@"`, 'relay', ...command], {
          cwd: FOLDER,
          env,
          stdio: 'ignore',
        });

  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  for (;;) {
    try {
      const { statusCode, body } = await request(`${url}/readyz`);
      await body.dump();
      if (statusCode === 200) return { child, url, milliseconds: performance.now() - start, kill };
    } catch {
      // Nobody listens yet.
    }
    if (child.exitCode !== null || performance.now() - start > START_MS) {
      await kill('SIGKILL');
      throw new Error('The relay does not start.');
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
