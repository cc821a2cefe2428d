/** Wellbeing concerns, whose contents are stored only while a subscription needs them. */

import { selectsDelivery, type ActionFilter, type DeliveryActions } from '../../../wire/action-filter.ts';
import { ALL_DELIVERIES, type SequenceRange } from '../sequence-range.ts';
import { hasContent } from '../has-content.ts';
import { RETAIN_BATCH, type NewDelivery } from '../store.ts';
import { withinStep } from '../within-step.ts';
import { cursorsOf } from './action-lists.ts';
import type { Connections } from './connections.ts';

/** Returns deliveries without the contents of concerns that no subscription selects. */
export async function withoutUnselectedConcerns(
  connections: Connections,
  deliveries: readonly NewDelivery[],
): Promise<readonly NewDelivery[]> {
  const concerns = deliveries.filter((delivery) => delivery.isConcern && hasContent(delivery));
  if (concerns.length === 0) return deliveries;
  const subscriptions = await cursorsOf(connections, [...new Set(concerns.map(({ channel }) => channel))]);
  const unselected = new Set(
    concerns.filter(
      ({ channel, actions }) =>
        !subscriptions.some((each) => each.channel === channel && selectsDelivery(each.filter, actions)),
    ),
  );
  return deliveries.map((delivery) => (unselected.has(delivery) ? { ...delivery, content: null } : delivery));
}

/** The lowest UUID, which no subscription has. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface ConcernRow {
  readonly seq: number;
  readonly bytes: number;
  /** JSON of the actions. */
  readonly actions: string;
}

/** Number of filters that are read at a time. A filter may have 500 actions, and a channel 200 subscriptions. */
const MAX_FILTERS = 10;

/**
 * Returns the concerns that no subscription waits for. Reads no more filters than necessary, because every subscription
 * that passes a concern asks.
 */
async function settledAmong(
  connections: Connections,
  channel: string,
  concerns: readonly ConcernRow[],
): Promise<readonly ConcernRow[]> {
  let settled = concerns.map((row) => ({ row, known: JSON.parse(row.actions) as DeliveryActions }));
  let lastId = FIRST_ID;
  while (settled.some(({ known }) => known !== null)) {
    const behind = await connections.query<{ id: string; cursor: number; filter: string }>(
      'filters-behind',
      `SELECT s.id, s.cursor, s.filter FROM channels c JOIN subscriptions s ON s.channel_id = c.id
       WHERE c.channel = $1 AND s.cursor < $2 AND s.id > $3 ORDER BY s.id LIMIT ${MAX_FILTERS}`,
      [channel, concerns.at(-1)?.seq ?? 0, lastId],
    );
    for (const { cursor, filter: text } of behind) {
      const filter = JSON.parse(text) as ActionFilter;
      settled = settled.filter(({ row, known }) => row.seq <= cursor || !selectsDelivery(filter, known));
    }
    if (behind.length < MAX_FILTERS) break;
    lastId = behind.at(-1)?.id ?? lastId;
  }
  return settled.map(({ row }) => row);
}

/**
 * Removes contents of a channel's concerns that neither wait nor are dead letters, in one step. Does nothing if another
 * session has locked the channel.
 *
 * @param range - the concerns to look at; default: all
 * @returns the number of contents removed; 0 if there are none
 */
export async function removeSettledConcerns(
  connections: Connections,
  channel: string,
  { after, upTo }: SequenceRange = ALL_DELIVERIES,
): Promise<number> {
  // Concerns with unknown actions wait for every subscription.
  const rows = await connections.query<ConcernRow>(
    'concerns',
    `SELECT d.seq, octet_length(d.sealed) AS bytes, coalesce(d.actions, a.actions) AS actions
     FROM channels c JOIN deliveries d ON d.channel_id = c.id JOIN action_lists a ON a.id = d.list_id
     WHERE c.channel = $1 AND d.is_concern AND d.seq > $2 AND d.seq <= $3 AND NOT EXISTS (
       SELECT 1 FROM dead_letters l WHERE l.channel_id = d.channel_id AND l.seq = d.seq)
       AND NOT (coalesce(d.actions, a.actions) = 'null' AND EXISTS (
         SELECT 1 FROM subscriptions s WHERE s.channel_id = c.id AND s.cursor < d.seq))
     ORDER BY d.seq`,
    [channel, after, upTo],
  );
  const settled = await settledAmong(connections, channel, rows);
  const step = withinStep(settled.slice(0, RETAIN_BATCH));
  if (step.length === 0) return 0;
  const done = await connections.tryQuery(
    'remove-concerns',
    'SELECT relay_remove_concerns($1, $2)',
    [channel, step.map(({ seq }) => seq)],
    'durable',
  );
  return done ? step.length : 0;
}

/** Removes contents of settled concerns of all channels, one step for each. Returns their number. */
export async function removeAllSettledConcerns(connections: Connections): Promise<number> {
  const rows = await connections.query<{ channel: string }>(
    'channels-with-concerns',
    'SELECT channel FROM channels WHERE id IN (SELECT d.channel_id FROM deliveries d WHERE d.is_concern)',
    [],
    'slow',
  );
  let count = 0;
  for (const { channel } of rows) count += await removeSettledConcerns(connections, channel);
  return count;
}

/**
 * Returns a subquery for the first concern that a subscription passes when its cursor moves; null if there is none.
 *
 * @param channelId - expression for the id of the channel's row
 * @param subscriptionId - expression for the id of the subscription, whose cursor is that at the start of the statement
 * @param cursor - expression for the new cursor
 */
export const firstPassedConcern = (channelId: string, subscriptionId: string, cursor: string): string =>
  `(SELECT min(d.seq) FROM deliveries d WHERE d.channel_id = ${channelId} AND d.is_concern AND d.seq <= ${cursor}
     AND d.seq > (SELECT o.cursor FROM subscriptions o WHERE o.id = ${subscriptionId}))`;
