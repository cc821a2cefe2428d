/** Relays with wrong clocks, for runs and tests. */

/** Returns a Node.js option that shifts the wall clock of a process. */
export function shiftedClock(milliseconds: number): string {
  const script = `const now = Date.now; Date.now = () => now() + ${milliseconds};`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}
