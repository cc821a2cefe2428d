/** The parts of the bench as processes of their own, and what the system knows of their cost. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Clock ticks a second in /proc, which is the same on every Linux. */
const TICKS = 100;

/** A part of the bench. */
export interface Part {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it says next. */
  readonly hear: <T>() => Promise<T>;
  readonly ask: <T>(question: string) => Promise<T>;
  readonly end: () => Promise<void>;
}

const running = new Set<ChildProcess>();

/** Has a process killed when the bench ends, however it ends. */
export function killWithUs(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts `<name>.ts`.
 *
 * @param plan - what it is to do, as its one argument
 */
export function startPart(name: string, plan: object = {}): Part {
  const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = fork(path, [JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  killWithUs(child);

  async function hear<T>(): Promise<T> {
    const abort = new AbortController();
    try {
      const ended = once(child, 'exit', { signal: abort.signal }).then(() => {
        throw new Error(`bench/${name}.ts ended before it answered.`);
      });
      const heard = once(child, 'message', { signal: abort.signal }).then(([message]) => message as T);
      return await Promise.race([heard, ended]);
    } finally {
      abort.abort();
    }
  }

  return {
    child,
    pid: child.pid ?? 0,
    hear,
    ask: <T>(question: string) => {
      const answer = hear<T>();
      child.send(question);
      return answer;
    },
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** The most memory that a process has had so far, in MB. */
export function peakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
}

/** What /proc says of a process, from its state on; null when it has ended. */
function statOf(pid: number | string): readonly number[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold anything.
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return null;
  }
}

const PARENT = 1;
const USER_AND_SYSTEM = [11, 12] as const;
const OF_ENDED_CHILDREN = [13, 14] as const;

const secondsIn = (stat: readonly number[] | null, fields: readonly number[]): number =>
  fields.reduce((sum, field) => sum + (stat?.[field] ?? 0), 0) / TICKS;

/** How long a process has kept a core busy. */
export const cpuSeconds = (pid: number): number => secondsIn(statOf(pid), USER_AND_SYSTEM);

/** How long all cores together have been busy, with whatever runs on this machine. */
export function machineCpuSeconds(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)
    .flatMap((line) => line.split(/ +/).map(Number));
  return (user + nice + system + irq + softirq) / TICKS;
}

/** How long a process and its children have kept one busy, those that have ended among them: PostgreSQL has one a connection. */
export function familyCpuSeconds(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => stat?.[PARENT] === pid);
  return children.reduce(
    (sum, stat) => sum + secondsIn(stat, USER_AND_SYSTEM),
    secondsIn(statOf(pid), [...USER_AND_SYSTEM, ...OF_ENDED_CHILDREN]),
  );
}
