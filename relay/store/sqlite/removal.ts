/** The removal of deliveries and their contents, and its effects on the memory of subjects; see `memory.ts`. */

import type { Connection } from './connection.ts';
import { ENDED, ENDS, isNeeded, type State } from './states.ts';

/** A delivery whose row or content will be removed. */
export interface Removable {
  readonly seq: number;
  /** Bytes of the content; 0 if there is none. */
  readonly bytes: number;
}

/** The data that is needed to remove a delivery. */
interface RemovedRow {
  readonly bytes: number;
  /** Null if there is no content. */
  readonly listId: number | null;
  readonly previousSeq: number | null;
  readonly isRemembered: number | null;
  readonly endsMemory: number | null;
}

const SELECT_REMOVED = `SELECT coalesce(length(sealed), 0) AS bytes, list_id AS listId, previous_seq AS previousSeq,
  is_remembered AS isRemembered, ends_memory AS endsMemory FROM deliveries WHERE seq = ?`;

const REMOVE_CONTENT = `UPDATE deliveries SET sealed = NULL, list_id = NULL, ordinal = NULL, data_key = NULL, id = NULL,
    model = NULL, subject_id = NULL, event_time = NULL, actions = NULL, is_concern = NULL, burst_time = NULL,
    previous_seq = NULL, ends_memory = NULL, is_remembered = NULL WHERE seq = ?`;

const SELECT_REMEMBERED_STATE = `SELECT seq, channel_id AS channelId, model, subject_id AS subjectId, event_time AS eventTime,
    burst_time AS burstTime, ends_memory AS endsMemory
  FROM deliveries WHERE seq = ? AND is_remembered = 1 AND burst_time IS NOT NULL`;

/**
 * Removes the contents of previous deliveries that no delivery refers to any longer. Must be called in a transaction.
 *
 * @param previous - their sequence numbers
 */
export function release(connection: Connection, channelId: number, previous: Iterable<number>): void {
  const unneeded: Removable[] = [];
  for (const seq of previous) {
    const state = connection.sql(SELECT_REMEMBERED_STATE).get(seq) as State | undefined;
    if (state && !isNeeded(connection, state)) unneeded.push({ seq, bytes: 0 });
  }
  remove(connection, channelId, 'contents', unneeded);
}

/**
 * Removes deliveries with their dead letters and attempts, action lists without deliveries, and remembered deliveries
 * that only the removed deliveries referred to. Ignores deliveries that have already been removed. Must be called in a
 * transaction.
 *
 * @param what - `contents` keeps the other columns of each delivery, so that its duplicates are still recognized
 */
export function remove(
  connection: Connection,
  channelId: number,
  what: 'contents' | 'deliveries',
  removables: readonly Pick<Removable, 'seq'>[],
): void {
  const sql = connection.sql.bind(connection);
  if (removables.length === 0) return;
  const statement = sql(what === 'contents' ? REMOVE_CONTENT : 'DELETE FROM deliveries WHERE seq = ?');
  let bytes = 0;
  let deliveries = 0;
  let remembered = 0;
  const lists = new Set<number>();
  const previous = new Set<number>();
  for (const { seq } of removables) {
    const row = sql(SELECT_REMOVED).get(seq) as RemovedRow | undefined;
    if (!row) continue;
    // A deletion that was a dead letter, or that no subscription selects, may be removed to make room before it is
    // settled.
    if (row.endsMemory === ENDS) endMemory(connection, seq);
    statement.run(seq);
    if (what === 'deliveries') deliveries++;
    if (row.listId === null) continue;
    sql('DELETE FROM dead_letters WHERE seq = ?').run(seq);
    sql('DELETE FROM attempts WHERE seq = ?').run(seq);
    lists.add(row.listId);
    bytes += row.bytes;
    remembered += row.isRemembered ?? 0;
    if (row.previousSeq !== null) previous.add(row.previousSeq);
  }
  for (const listId of lists) {
    sql('DELETE FROM action_lists WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE list_id = ?)').run(
      listId,
      listId,
    );
  }
  sql(
    `UPDATE channels SET stored_bytes = stored_bytes - ?, deliveries = deliveries - ?, remembered = remembered - ?
     WHERE id = ?`,
  ).run(bytes, deliveries, remembered, channelId);
  release(connection, channelId, previous);
}

/** Removes the contents of deliveries of any channels; see {@link remove}. */
export function removeContents(
  connection: Connection,
  rows: readonly { readonly seq: number; readonly channelId: number }[],
): void {
  const byChannel = new Map<number, { readonly seq: number }[]>();
  for (const row of rows) {
    const ofChannel = byChannel.get(row.channelId);
    if (ofChannel) ofChannel.push(row);
    else byChannel.set(row.channelId, [row]);
  }
  for (const [channelId, ofChannel] of byChannel) remove(connection, channelId, 'contents', ofChannel);
}

/** The LIMIT of a SQLite query without a limit. */
const NO_LIMIT = -1;

/** A delivery that is a state of its subject. */
interface StateRow {
  readonly seq: number;
  readonly channelId: number;
  readonly isRemembered: number | null;
}

/** Marks deliveries as no longer being states, and removes the contents that are kept only for memory. */
function forget(connection: Connection, states: readonly StateRow[]): void {
  for (const { seq } of states) connection.sql('UPDATE deliveries SET burst_time = NULL WHERE seq = ?').run(seq);
  removeContents(
    connection,
    states.filter(({ isRemembered }) => isRemembered === 1),
  );
}

/**
 * Ends the memory of the subject of a deletion, in the caller's transaction. The oldest states are forgotten first, so
 * that all states are forgotten once the newest is. The deletion remains a state as long as its content is stored, so
 * that late events are recognized.
 *
 * @param limit - the maximum number of states to forget in one step; default: all
 * @returns the number of deliveries changed
 */
export function endMemory(connection: Connection, seq: number, limit = NO_LIMIT): number {
  const states = connection
    .sql(
      `SELECT s.seq, s.channel_id AS channelId, s.is_remembered AS isRemembered
       FROM deliveries d CROSS JOIN deliveries s INDEXED BY states
         ON s.channel_id = d.channel_id AND s.model = d.model AND s.subject_id = d.subject_id
           AND s.burst_time IS NOT NULL AND s.event_time <= d.event_time
       WHERE d.seq = @seq AND (s.event_time < d.event_time OR s.seq < d.seq)
       ORDER BY s.event_time, s.seq LIMIT @limit`,
    )
    .all({ seq, limit }) as StateRow[];
  forget(connection, states);
  if (states.length === limit) return limit;
  connection.sql('UPDATE deliveries SET ends_memory = ? WHERE seq = ?').run(ENDED, seq);
  return states.length + 1;
}

/**
 * Forgets states after memory was switched off, so that no event is compared with a state from before the gap if memory
 * is switched on again. Performs one step in the caller's transaction.
 *
 * @returns the number of changed deliveries; `limit` if there may be more
 */
export function forgetAll(connection: Connection, limit: number): number {
  const states = connection
    .sql(
      `SELECT seq, channel_id AS channelId, is_remembered AS isRemembered FROM deliveries INDEXED BY states
       WHERE burst_time IS NOT NULL LIMIT ?`,
    )
    .all(limit) as StateRow[];
  forget(connection, states);
  return states.length;
}
