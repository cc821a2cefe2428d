/** CPU time of processes, read from /proc on Linux. */

import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in /proc; 100 on every common Linux. */
const TICKS = 100;

// Indices into the fields of /proc/<pid>/stat, counted from the process state (proc(5), fields 4 and 14 to 17).
const PARENT = 1;
const OWN_CPU_TIME = [11, 12] as const;
const CPU_TIME_OF_EXITED_CHILDREN = [13, 14] as const;

/** Returns the fields of /proc/<pid>/stat, from the process state on; null if the process has exited. */
function statOf(pid: number | string): readonly number[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before these fields is in parentheses, and may contain spaces and parentheses.
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return null;
  }
}

const secondsIn = (stat: readonly number[] | null, fields: readonly number[]): number =>
  fields.reduce((sum, field) => sum + (stat?.[field] ?? 0), 0) / TICKS;

/** Returns the CPU time of a process, in seconds. */
export const cpuSeconds = (pid: number): number => secondsIn(statOf(pid), OWN_CPU_TIME);

/** Returns the CPU time of all processes on the machine, in seconds. */
export function machineCpuSeconds(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)
    .flatMap((line) => line.split(/ +/).map(Number));
  return (user + nice + system + irq + softirq) / TICKS;
}

/**
 * Returns the CPU time of a process and its children, including exited children. PostgreSQL has a process per
 * connection.
 */
export function familyCpuSeconds(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => stat?.[PARENT] === pid);
  return children.reduce(
    (sum, stat) => sum + secondsIn(stat, OWN_CPU_TIME),
    secondsIn(statOf(pid), [...OWN_CPU_TIME, ...CPU_TIME_OF_EXITED_CHILDREN]),
  );
}
