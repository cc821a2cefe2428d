import { readFileSync } from 'node:fs';

/** Returns the peak of a process's resident memory so far, in MiB, from Linux's /proc. */
export function peakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
}
