import type pg from 'pg';

import { selectsDelivery, type ActionFilter, type DeliveryActions } from '../../../wire/action-filter.ts';
import type { Connections } from './connections.ts';

/** An action list of a channel; see the table `action_lists`. */
export interface ActionList {
  readonly id: number;
  readonly actions: DeliveryActions;
  /** Sequence number of its newest delivery; 0 if it has none. */
  readonly newestSeq: number;
}

interface ActionListRow extends pg.QueryResultRow {
  readonly id: number;
  readonly actions: string;
  readonly newestSeq: number;
  readonly lastSeq: number;
}

/** The action lists of a channel, and the sequence number of its newest delivery with events, as of the same time. */
export interface ActionLists {
  readonly lists: readonly ActionList[];
  readonly lastSeq: number;
}

/** Reads the action lists of a channel. */
export async function actionListsOf(connections: Connections, channel: string): Promise<ActionLists> {
  const rows = await connections.query<ActionListRow>(
    'action-lists',
    `SELECT a.id, a.actions, c.last_seq AS "lastSeq", coalesce((
       SELECT d.seq FROM deliveries d WHERE d.list_id = a.id ORDER BY d.seq DESC LIMIT 1), 0) AS "newestSeq"
     FROM channels c JOIN action_lists a ON a.channel_id = c.id WHERE c.channel = $1`,
    [channel],
  );
  const lists = rows.map(({ id, actions, newestSeq }) => ({
    id,
    actions: JSON.parse(actions) as DeliveryActions,
    newestSeq,
  }));
  return { lists, lastSeq: rows[0]?.lastSeq ?? 0 };
}

/** The position of a subscription in its channel. */
export interface SubscriptionCursor {
  readonly channel: string;
  readonly cursor: number;
  readonly filter: ActionFilter;
}

/** Reads the positions of all subscriptions of channels. */
export async function cursorsOf(connections: Connections, channels: readonly string[]): Promise<SubscriptionCursor[]> {
  const rows = await connections.query<{ channel: string; cursor: number; filter: string }>(
    'cursors',
    `SELECT c.channel, s.cursor, s.filter FROM channels c JOIN subscriptions s ON s.channel_id = c.id
     WHERE c.channel = ANY ($1)`,
    [channels],
  );
  return rows.map((row) => ({ ...row, filter: JSON.parse(row.filter) as ActionFilter }));
}

/** An action list, and the sequence number up to which no subscription is waiting for its deliveries. */
export interface PassedList extends ActionList {
  readonly passedUpTo: number;
}

/**
 * Reads the action lists of a channel, each with the sequence number up to which all subscriptions that select it have
 * passed its deliveries.
 */
export async function passedListsOf(connections: Connections, channel: string): Promise<PassedList[]> {
  // The lists are read first, so that a subscription that is created later starts after their deliveries.
  const { lists, lastSeq } = await actionListsOf(connections, channel);
  const subscriptions = await cursorsOf(connections, [channel]);
  return lists.map((list) => {
    const waiting = subscriptions.filter(({ filter }) => selectsDelivery(filter, list.actions));
    return { ...list, passedUpTo: Math.min(lastSeq, ...waiting.map(({ cursor }) => cursor)) };
  });
}
