/** The older shape of people, whose personal fields are in a record under `user`. */

import type { JsonObject } from '../wire/json.ts';

/**
 * Returns a record with the fields of its `user` added, if `user` is a record. The record's own values take precedence.
 */
export function withUserFields({ user, ...record }: JsonObject): JsonObject {
  return typeof user === 'object' && user !== null
    ? { ...user, ...record }
    : { ...record, ...(user !== undefined && { user }) };
}
