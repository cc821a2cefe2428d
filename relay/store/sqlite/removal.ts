import type { Connection } from './connection.ts';

/** A delivery whose body is to be removed. */
export interface Removable {
  readonly seq: number;
  /** Bytes of the body; 0 if there is none. */
  readonly bytes: number;
  /** The action list of the delivery; null if it has no body. */
  readonly listId: number | null;
}

/**
 * Removes deliveries with their dead letters, and action lists without deliveries. To be called in a
 * transaction.
 *
 * @param what - `bodies` keeps the rest of each delivery, by which its duplicates are recognized
 */
export function remove(
  connection: Connection,
  channelId: number,
  what: 'bodies' | 'deliveries',
  removables: readonly Removable[],
): void {
  const sql = connection.sql.bind(connection);
  if (removables.length === 0) return;
  const statement =
    what === 'bodies'
      ? sql('UPDATE deliveries SET body = NULL, list_id = NULL, ordinal = NULL WHERE seq = ?')
      : sql('DELETE FROM deliveries WHERE seq = ?');
  let bytes = 0;
  const lists = new Set<number>();
  for (const removable of removables) {
    if (removable.listId !== null) {
      sql('DELETE FROM dead_letters WHERE seq = ?').run(removable.seq);
      lists.add(removable.listId);
    }
    statement.run(removable.seq);
    bytes += removable.bytes;
  }
  for (const listId of lists) {
    sql('DELETE FROM action_lists WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE list_id = ?)').run(
      listId,
      listId,
    );
  }
  sql('UPDATE channels SET stored_bytes = stored_bytes - ?, deliveries = deliveries - ? WHERE id = ?').run(
    bytes,
    what === 'bodies' ? 0 : removables.length,
    channelId,
  );
}
