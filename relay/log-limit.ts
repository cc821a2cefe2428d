/** Maximum number of lines per minute. */
const MAX_LINES = 60;
const WINDOW_MS = 60_000;

/**
 * Limits the lines with the same message, because strangers can cause any number of them. Only the fields of a line vary.
 *
 * @param report - is told at the end of each minute how many lines with a message were left out
 * @returns a function that counts a line, and returns false if it should be left out
 */
export function createLogLimit(report: (message: string, lines: number) => void): (message: string) => boolean {
  const counts = new Map<string, number>();
  function endWindow(): void {
    const ended = [...counts];
    counts.clear();
    for (const [message, count] of ended) if (count > MAX_LINES) report(message, count - MAX_LINES);
  }
  return (message) => {
    if (counts.size === 0) setTimeout(endWindow, WINDOW_MS).unref();
    const count = (counts.get(message) ?? 0) + 1;
    counts.set(message, count);
    return count <= MAX_LINES;
  };
}
