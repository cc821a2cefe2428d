/** JSON schemas of the bodies in `protocol.ts`. */

/** Maximum length of a list of events that a command may request. */
export const MAX_LIMIT = 1000;

const NAME = { type: 'string', minLength: 1, maxLength: 1000 } as const;

const bodyOf = <Properties extends object>(properties: Properties, required: readonly string[]) =>
  ({ body: { type: 'object', properties, required, additionalProperties: false } }) as const;

export const OPTIONAL_CHANNEL_SCHEMA = bodyOf({ channel: NAME }, []);
export const CHANNEL_SCHEMA = bodyOf({ channel: NAME }, ['channel']);
export const SUBSCRIPTION_SCHEMA = bodyOf({ subscription: NAME }, ['subscription']);
export const BACKUP_SCHEMA = bodyOf({ file: { type: 'string', pattern: '^/', maxLength: 4096 } }, ['file']);
export const LIST_SCHEMA = bodyOf({ subscription: NAME, limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT } }, [
  'subscription',
  'limit',
]);
