/**
 * The locks of actions. Zapier runs the steps that have the same lock one after the other, so that two runs neither
 * create the same record nor overwrite each other's changes.
 */

import type { Input } from '../inputs/input.ts';

/** Seconds after which a lock expires. A run takes at most 28 seconds. */
const LOCK_SECONDS = 30;

/**
 * Returns the lock of an action; null if the action has no lock.
 *
 * @param written - the input for the record that the action writes back
 */
export function lockOf(key: string, isExclusive: boolean, written?: Input) {
  // Without a scope, the runs of all agencies would wait for each other. A record belongs to all connections of an
  // account.
  const scope = [written ? ('account' as const) : ('auth' as const)];
  const lockKey = written ? `${key} {{bundle.inputData.${written.field.key}}}` : key;
  return written || isExclusive ? { key: lockKey, scope, timeout: LOCK_SECONDS } : null;
}
