/** The processes of the bench: the load, the target server, and the systems that relays are compared with. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { killAndWait, nodeOptions, PROCESS_ENVIRONMENT } from '../harness/relay-process.ts';

/** The names of processes. The module of each is `<name>-process.ts` in this folder. */
export type ProcessName = 'ceiling' | 'load' | 'pgboss' | 'school-day' | 'target';

export interface BenchProcess {
  readonly pid: number;
  /**
   * Resolves with the next message of the process.
   *
   * @throws {Error} if the process exits first
   */
  readonly nextMessage: <T>() => Promise<T>;
  /** Sends a command. Resolves with the next message of the process. */
  readonly ask: <T>(command: string) => Promise<T>;
  readonly kill: () => Promise<void>;
}

const running = new Set<ChildProcess>();

/** Ensures that a process is killed when the bench exits. */
export function killOnExit(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * The processes that are compared with the relay. They run with the relay's settings, which reduce throughput and save
 * memory.
 */
const COMPARED: readonly ProcessName[] = ['ceiling', 'pgboss'];

/**
 * Starts a process.
 *
 * @param plan - passed to the process as JSON in its only argument
 * @throws {Error} if the module of the process does not exist
 */
export function startBenchProcess(name: ProcessName, plan: object = {}): BenchProcess {
  const path = fileURLToPath(new URL(`${name}-process.ts`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} does not exist. Update startBenchProcess if the module has moved.`);
  const settings = COMPARED.includes(name) ? { execArgv: nodeOptions(), env: PROCESS_ENVIRONMENT } : {};
  const child = fork(path, [JSON.stringify(plan)], { ...settings, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  killOnExit(child);

  async function nextMessage<T>(): Promise<T> {
    const abort = new AbortController();
    try {
      const exited = once(child, 'exit', { signal: abort.signal }).then(() => {
        throw new Error(`The process of ${path} exited before it sent a message.`);
      });
      const received = once(child, 'message', { signal: abort.signal }).then(([message]) => message as T);
      return await Promise.race([received, exited]);
    } finally {
      abort.abort();
    }
  }

  return {
    pid: child.pid ?? 0,
    nextMessage,
    ask: <T>(command: string) => {
      const response = nextMessage<T>();
      child.send(command);
      return response;
    },
    kill: () => killAndWait(child, 'SIGKILL'),
  };
}
