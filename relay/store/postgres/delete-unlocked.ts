/**
 * Returns a statement that deletes rows, except those that another session has locked.
 *
 * @param condition - joins, conditions, order and limit; the rows are named `t`
 * @param alsoLocked - alias of a joined table whose rows are also locked, because a trigger changes them
 */
export function deleteUnlocked(table: string, condition: string, alsoLocked?: string): string {
  const also = alsoLocked ? `FOR NO KEY UPDATE OF ${alsoLocked} SKIP LOCKED` : '';
  return `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT t.ctid FROM ${table} t ${condition} FOR UPDATE OF t SKIP LOCKED ${also}))`;
}
