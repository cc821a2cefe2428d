import { MAX_ACTION_LIST_BYTES, MAX_ACTION_LISTS } from '../store.ts';
import type { Connection } from './connection.ts';

/** The JSON of unknown actions. */
export const UNKNOWN_ACTIONS = 'null';

/** An action list of a channel; see the table `action_lists`. */
export interface ActionList {
  readonly id: number;
  /** JSON of the actions. */
  readonly actions: string;
  readonly newestOrdinal: number;
  readonly newestSeq: number;
  /** Sequence number up to which all deliveries of the list are dead letters. */
  readonly deadUpTo: number;
}

/**
 * The ordinal of the newest delivery in an action list named `a`. It is read from an index instead of being stored in
 * the list, which saves writing a page for each delivery.
 */
const NEWEST_ORDINAL =
  'coalesce((SELECT ordinal FROM deliveries d WHERE d.list_id = a.id ORDER BY seq DESC LIMIT 1), 0)';

/** Returns the action lists of a channel. */
export const actionListsOf = (connection: Connection, channelId: number): ActionList[] =>
  connection
    .sql(
      `SELECT id, actions, dead_up_to AS deadUpTo, ${NEWEST_ORDINAL} AS newestOrdinal,
         coalesce((SELECT max(seq) FROM deliveries d WHERE d.list_id = a.id), 0) AS newestSeq
       FROM action_lists a WHERE channel_id = ?`,
    )
    .all(channelId) as ActionList[];

/** An action list while deliveries are added to it. */
export interface GrowingList {
  readonly id: number;
  /** True for the list of unknown actions. */
  readonly isUnknown: boolean;
  newestOrdinal: number;
}

/**
 * Returns the action list for a delivery, and creates it if necessary.
 *
 * @param actions - the JSON of the actions
 * @param freeLists - deletes unneeded action lists if the channel has too many, and returns false if there are none.
 *   Null if it has already returned false in this transaction; no list is then created.
 */
export function listFor(
  connection: Connection,
  channelId: number,
  actions: string,
  freeLists: (() => boolean) | null,
): GrowingList {
  const sql = connection.sql.bind(connection);
  const existing = sql(
    `SELECT id, ${NEWEST_ORDINAL} AS newestOrdinal FROM action_lists a WHERE channel_id = ? AND actions = ?`,
  ).get(channelId, actions) as Omit<GrowingList, 'isUnknown'> | undefined;
  const isUnknown = actions === UNKNOWN_ACTIONS;
  if (existing) return { ...existing, isUnknown };

  const bytes = Buffer.byteLength(actions);
  const hasRoom = (): boolean => {
    const used = sql(
      `SELECT count(*) AS count, coalesce(sum(length(CAST(actions AS BLOB))), 0) AS bytes FROM action_lists
       WHERE channel_id = ?`,
    ).get(channelId) as { count: number; bytes: number };
    return used.count < MAX_ACTION_LISTS && used.bytes + bytes <= MAX_ACTION_LIST_BYTES;
  };
  const mayBeAdded = actions === UNKNOWN_ACTIONS || (freeLists !== null && (hasRoom() || (freeLists() && hasRoom())));
  if (!mayBeAdded) return listFor(connection, channelId, UNKNOWN_ACTIONS, freeLists);
  const { lastInsertRowid } = sql('INSERT INTO action_lists (channel_id, actions) VALUES (?, ?)').run(
    channelId,
    actions,
  );
  return { id: Number(lastInsertRowid), isUnknown, newestOrdinal: 0 };
}
