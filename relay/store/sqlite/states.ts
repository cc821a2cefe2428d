/** States of subjects; see `memory.ts`. */

import { BURST_MS, type NewestState } from '../memory.ts';
import type { Connection } from './connection.ts';

/** The subject of a delivery. */
export interface Subject {
  readonly channelId: number;
  readonly model: string;
  readonly subjectId: string;
}

/** A state of a subject. */
export interface State extends Subject {
  readonly seq: number;
  readonly eventTime: number;
  readonly burstTime: number;
  /** {@link ENDS} or {@link ENDED} for a deletion, null for any other delivery. */
  readonly endsMemory: number | null;
}

/** Marks a deletion that ends the memory of its subject once it is settled. */
export const ENDS = 1;
/** Marks a deletion that has ended the memory of its subject. */
export const ENDED = 2;

/**
 * The states of a subject. The parameters are in a subquery, because SQLite would otherwise prepare the statement again
 * whenever they change, which takes ten times as long as its execution.
 */
const OF_SUBJECT = `deliveries INDEXED BY states
  WHERE (channel_id, model, subject_id) = (SELECT ?, ?, ?) AND burst_time IS NOT NULL`;

/** The newest state of a subject. `isRemembered` is true if its content is kept only for memory. */
export type StoredNewest = NewestState & { readonly isRemembered: boolean };

/** Returns the newest state of a subject; null if it has none. */
export function newestStateOf(connection: Connection, { channelId, model, subjectId }: Subject): StoredNewest | null {
  const row = connection
    .sql(
      `SELECT seq, event_time AS eventTime, burst_time AS burstTime, previous_seq AS previousSeq, ends_memory AS endsMemory,
         is_remembered AS isRemembered
       FROM ${OF_SUBJECT} ORDER BY event_time DESC, seq DESC LIMIT 1`,
    )
    .get(channelId, model, subjectId) as
    | (Omit<NewestState, 'hasEndedMemory'> & {
        readonly endsMemory: number | null;
        readonly isRemembered: number | null;
      })
    | undefined;
  return row ? { ...row, hasEndedMemory: row.endsMemory === ENDED, isRemembered: row.isRemembered === 1 } : null;
}

/** Returns the event time of a delivery; null if there is none, or if its content has been removed. */
export const eventTimeOf = (connection: Connection, seq: number): number | null =>
  (connection.sql('SELECT event_time FROM deliveries WHERE seq = ?').pluck().get(seq) as number | null | undefined) ??
  null;

/** Returns the burst of the state that follows a given state; null if the given state is the newest. */
function nextBurst(connection: Connection, { channelId, model, subjectId, seq, eventTime }: State): number | null {
  // Two statements are used, because SQLite does not search the index for a pair of event time and sequence number.
  const atSameTime = connection
    .sql(`SELECT burst_time FROM ${OF_SUBJECT} AND event_time = (SELECT ?) AND seq > (SELECT ?) ORDER BY seq LIMIT 1`)
    .pluck()
    .get(channelId, model, subjectId, eventTime, seq) as number | undefined;
  if (atSameTime !== undefined) return atSameTime;
  const later = connection
    .sql(`SELECT burst_time FROM ${OF_SUBJECT} AND event_time > (SELECT ?) ORDER BY event_time, seq LIMIT 1`)
    .pluck()
    .get(channelId, model, subjectId, eventTime) as number | undefined;
  return later ?? null;
}

/** Returns true if a state is the newest state of its subject, or the previous delivery of another delivery. */
export function isNeeded(connection: Connection, state: State): boolean {
  const next = nextBurst(connection, state);
  // A deletion that has ended the memory of its subject serves only to recognize late events. Its content is not needed
  // for that.
  if (next === null) return state.endsMemory !== ENDED;
  // If another state of the same burst follows, this state was not the newest when the next burst began.
  if (next === state.burstTime) return false;
  // Only members of the next burst refer to the state. The upper bound avoids a search of all newer states.
  const { channelId, model, subjectId, seq, eventTime } = state;
  const reference = connection
    .sql(`SELECT 1 FROM ${OF_SUBJECT} AND event_time > ? AND event_time <= ? AND previous_seq = ? LIMIT 1`)
    .get(channelId, model, subjectId, eventTime, next + BURST_MS, seq);
  return reference !== undefined;
}
