/** Memory of processes, from Linux's /proc. */

import { readFileSync, writeFileSync } from 'node:fs';

const megabytesOf = (pid: number, field: string): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN) / 1024;
};

/** Returns the resident memory of a process, in MiB. */
export const residentMb = (pid: number): number => megabytesOf(pid, 'VmRSS');

/** Returns the peak of a process's resident memory so far, in MiB. */
export const peakMb = (pid: number): number => megabytesOf(pid, 'VmHWM');

/** Resets the peak of a process's resident memory, so that {@link peakMb} returns the peak since then. */
export function resetPeak(pid: number): void {
  // Writing 5 resets VmHWM (proc(5), /proc/pid/clear_refs).
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
