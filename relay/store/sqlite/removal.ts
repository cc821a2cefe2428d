import type { Connection } from './connection.ts';

/** A delivery that is to be removed, or its content. */
export interface Removable {
  readonly seq: number;
  /** Bytes of the content; 0 if there is none. */
  readonly bytes: number;
  /** The action list of the delivery; null if it has no content. */
  readonly listId: number | null;
}

const REMOVE_CONTENT = `UPDATE deliveries SET sealed = NULL, list_id = NULL, ordinal = NULL, data_key = NULL, id = NULL,
    model = NULL, subject_id = NULL, event_time = NULL, actions = NULL, is_concern = NULL WHERE seq = ?`;

/**
 * Removes deliveries with their dead letters and attempts, and action lists without deliveries. To be called in a
 * transaction.
 *
 * @param what - `contents` keeps the rest of each delivery, by which its duplicates are recognized
 */
export function remove(
  connection: Connection,
  channelId: number,
  what: 'contents' | 'deliveries',
  removables: readonly Removable[],
): void {
  const sql = connection.sql.bind(connection);
  if (removables.length === 0) return;
  const statement = sql(what === 'contents' ? REMOVE_CONTENT : 'DELETE FROM deliveries WHERE seq = ?');
  let bytes = 0;
  const lists = new Set<number>();
  for (const removable of removables) {
    if (removable.listId !== null) {
      sql('DELETE FROM dead_letters WHERE seq = ?').run(removable.seq);
      sql('DELETE FROM attempts WHERE seq = ?').run(removable.seq);
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
    what === 'contents' ? 0 : removables.length,
    channelId,
  );
}
