/** What the relay says of its work, for logs; nothing of it is secret or personal. */
export interface Log {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/** What can be said of an error: messages may quote what was sent, codes and names don't. */
export const nameOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error) return String(error.code);
  return 'name' in error ? String(error.name) : 'unknown';
};
