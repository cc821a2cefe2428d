/** Retention of contents beyond the ordinary retention period; see `memory.ts`. */

import { MAX_DELETED_BYTES, RETAIN_BATCH } from '../store.ts';
import { withinStep } from '../within-step.ts';
import type { Connection } from './connection.ts';
import { release, removeContents, type Removable } from './removal.ts';
import { isNeeded, type State } from './states.ts';

/** A delivery whose ordinary retention has ended. */
export interface ExpiredDelivery extends Removable, Omit<State, 'burstTime'> {
  /** Null if the delivery is not a state of its subject. */
  readonly burstTime: number | null;
  readonly receivedAt: number;
  readonly previousSeq: number | null;
  /** 1 if it is a dead letter. */
  readonly isDead: number;
}

/** Columns of an {@link ExpiredDelivery}, from a table named `d`. */
export const EXPIRED_COLUMNS = `d.seq, length(d.sealed) AS bytes, d.channel_id AS channelId, d.received_at AS receivedAt, d.model,
  d.subject_id AS subjectId, d.event_time AS eventTime, d.burst_time AS burstTime, d.previous_seq AS previousSeq,
  d.ends_memory AS endsMemory,
  EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) AS isDead`;

const isState = (delivery: ExpiredDelivery): delivery is ExpiredDelivery & State => delivery.burstTime !== null;

/**
 * Remembers an expired delivery if it is needed, in the caller's transaction.
 *
 * @param receivedAfter - the arrival time from which deliveries may be remembered
 * @returns false if the content must be removed
 */
export function remember(connection: Connection, delivery: ExpiredDelivery, receivedAfter: number): boolean {
  if (delivery.receivedAt <= receivedAfter || !isState(delivery) || !isNeeded(connection, delivery)) return false;
  const { seq, channelId, previousSeq } = delivery;
  connection.sql('UPDATE deliveries SET is_remembered = 1, previous_seq = NULL WHERE seq = ?').run(seq);
  connection.sql('UPDATE channels SET remembered = remembered + 1 WHERE id = ?').run(channelId);
  connection.sql('DELETE FROM attempts WHERE seq = ?').run(seq);
  if (previousSeq !== null) release(connection, channelId, [previousSeq]);
  return true;
}

/** Removes remembered contents that arrived by a certain time, as one step. Returns their number. */
export function removeRemembered(connection: Connection, receivedUpTo: number): number {
  const rows = connection
    .sql(
      `SELECT seq, channel_id AS channelId, length(sealed) AS bytes FROM deliveries INDEXED BY remembered
       WHERE is_remembered = 1 AND received_at <= ? ORDER BY received_at LIMIT ?`,
    )
    .all(receivedUpTo, RETAIN_BATCH) as (Removable & { readonly channelId: number })[];
  const step = withinStep(rows);
  removeContents(connection, step);
  return step.length;
}

/**
 * Remembers or removes, as one step, expired deliveries that retention skipped because they were dead letters.
 *
 * @returns the number of deliveries examined; {@link RETAIN_BATCH} if there may be more
 */
export function expireFormerDeadLetters(connection: Connection, receivedAfter: number): number {
  const sql = connection.sql.bind(connection);
  const numbers = sql('SELECT seq FROM former_dead_letters ORDER BY seq LIMIT ?').pluck().all(RETAIN_BATCH) as number[];
  let bytes = 0;
  for (const seq of numbers) {
    if (bytes >= MAX_DELETED_BYTES) return RETAIN_BATCH;
    const row = sql(`SELECT ${EXPIRED_COLUMNS} FROM deliveries d WHERE d.seq = ? AND d.list_id IS NOT NULL`).get(
      seq,
    ) as ExpiredDelivery | undefined;
    if (row?.isDead === 0 && !remember(connection, row, receivedAfter)) removeContents(connection, [row]);
    sql('DELETE FROM former_dead_letters WHERE seq = ?').run(seq);
    bytes += row?.bytes ?? 0;
  }
  return numbers.length;
}
