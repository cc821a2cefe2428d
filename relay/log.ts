/** The relay's log. Neither fields nor messages contain secrets or personal data. */
export interface Log {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** Returns a log that adds fields to every line. */
export function logWith(log: Log, fields: object): Log {
  const at = (level: keyof Log) => (more: object, message: string) => {
    log[level]({ ...fields, ...more }, message);
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * Returns the code of an error, or else the name of its class. The error's message is not safe to log, because it might
 * quote a request.
 */
export const nameOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error) return String(error.code);
  return 'name' in error ? String(error.name) : 'unknown';
};

/**
 * Returns the first line of an error's stack trace that names a file outside of `node_modules`. If there is no such
 * line, returns the first line that names a file.
 */
export function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const lines = stack.split('\n').filter((line) => /^\s+at .*file:/.test(line));
  return (lines.find((line) => !line.includes('/node_modules/')) ?? lines[0] ?? 'an unknown place').trim();
}

/** Maximum number of lines with the same message per minute. */
const MAX_LINES = 60;
const WINDOW_MS = 60_000;

/**
 * Limits the number of log lines with the same message, because strangers can cause any number of lines.
 *
 * @param report - called at the end of each minute with the number of omitted lines for each message
 * @returns a function that counts a line, and returns false if the line should be left out
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
