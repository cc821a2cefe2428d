/**
 * The locks of actions. Zapier runs steps with the same lock one after another, so two runs cannot create the same
 * record, or overwrite each other's changes.
 */

import type { Input } from '../inputs/input.ts';

/** Time after which a lock expires, in seconds. A run takes at most 28 seconds. */
const LOCK_SECONDS = 30;

/**
 * Returns the lock of an action; null if the action has no lock.
 *
 * @param written - the input for the record that the action writes back
 */
export function lockOf(key: string, isExclusive: boolean, written?: Input) {
  // Without a scope, the runs of all agencies would wait for each other. The lock for a record covers the whole
  // account, because all connections of the account can write the record.
  const scope = [written ? ('account' as const) : ('auth' as const)];
  const lockKey = written ? `${key} {{bundle.inputData.${written.field.key}}}` : key;
  return written || isExclusive ? { key: lockKey, scope, timeout: LOCK_SECONDS } : null;
}
