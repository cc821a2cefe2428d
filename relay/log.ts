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

/** Returns the code of an error, or else the name of its class. The message is not safe to log: it may quote a request. */
export const nameOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error) return String(error.code);
  return 'name' in error ? String(error.name) : 'unknown';
};

/** Returns the first line of an error's stack trace that names a file of the relay. */
export function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const lines = stack.split('\n').filter((line) => /^\s+at .*file:/.test(line));
  return (lines.find((line) => !line.includes('/node_modules/')) ?? lines[0] ?? 'an unknown place').trim();
}
