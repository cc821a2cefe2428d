/**
 * Settled deliveries: no subscription is waiting for them, and they are not dead letters. The content of a settled
 * wellbeing concern is removed, and a settled deletion ends the memory of its subject.
 */

import { selectsDelivery, type ActionFilter, type DeliveryActions } from '../../../wire/action-filter.ts';
import { ALL_DELIVERIES, type SequenceRange } from '../sequence-range.ts';
import { RETAIN_BATCH } from '../store.ts';
import { withinStep } from '../within-step.ts';
import type { Connections } from './connections.ts';

/** The lowest UUID, which no subscription has. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface UnsettledRow {
  readonly seq: number;
  readonly bytes: number;
  /** JSON of the actions. */
  readonly actions: string;
}

/**
 * Number of filters that are read at a time. A filter may have 500 actions, and a channel may have 200 subscriptions.
 */
const MAX_FILTERS = 10;

/**
 * Returns the deliveries that no subscription is waiting for. Reads as few filters as possible, because it is called
 * for every subscription that passes one of the deliveries.
 */
async function settledAmong(
  connections: Connections,
  channel: string,
  unsettled: readonly UnsettledRow[],
): Promise<readonly UnsettledRow[]> {
  let settled = unsettled.map((row) => ({ row, known: JSON.parse(row.actions) as DeliveryActions }));
  let lastId = FIRST_ID;
  while (settled.some(({ known }) => known !== null)) {
    const behind = await connections.query<{ id: string; cursor: number; filter: string }>(
      'filters-behind',
      `SELECT s.id, s.cursor, s.filter FROM channels c JOIN subscriptions s ON s.channel_id = c.id
       WHERE c.channel = $1 AND s.cursor < $2 AND s.id > $3 ORDER BY s.id LIMIT ${MAX_FILTERS}`,
      [channel, unsettled.at(-1)?.seq ?? 0, lastId],
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
 * Removes the contents of a channel's settled concerns, and ends the memory of the subjects of settled deletions, in one step.
 * Does nothing if another session has locked the channel.
 *
 * @param range - the deliveries to check; default: all
 * @returns the number of settled deliveries; 0 if there are none
 */
export async function settle(
  connections: Connections,
  channel: string,
  { after, upTo }: SequenceRange = ALL_DELIVERIES,
): Promise<number> {
  // Every subscription selects deliveries with unknown actions.
  const rows = await connections.query<UnsettledRow>(
    'unsettled',
    `SELECT d.seq, octet_length(d.sealed) AS bytes, coalesce(d.actions, a.actions) AS actions
     FROM channels c JOIN deliveries d ON d.channel_id = c.id JOIN action_lists a ON a.id = d.list_id
     WHERE c.channel = $1 AND (d.is_concern OR NOT d.memory_ended) AND d.seq > $2 AND d.seq <= $3 AND NOT EXISTS (
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
    'settle',
    'SELECT relay_settle($1, $2, $3)',
    [channel, step.map(({ seq }) => seq), RETAIN_BATCH],
    'durable',
  );
  return done ? step.length : 0;
}

/** Runs one step of {@link settle} for each channel. Returns the number of settled deliveries. */
export async function settleAll(connections: Connections): Promise<number> {
  const rows = await connections.query<{ channel: string }>(
    'channels-to-settle',
    `SELECT channel FROM channels
     WHERE id IN (SELECT d.channel_id FROM deliveries d WHERE d.is_concern OR NOT d.memory_ended)`,
    [],
    'slow',
  );
  let count = 0;
  for (const { channel } of rows) count += await settle(connections, channel);
  return count;
}

/**
 * Returns a subquery for the first delivery that a subscription may settle by passing it; null if there is none.
 *
 * @param channelId - expression for the id of the channel's row
 * @param subscriptionId - expression for the id of the subscription. Its cursor is read as of the start of the
 * statement.
 * @param cursor - expression for the new cursor
 */
export const firstUnsettled = (channelId: string, subscriptionId: string, cursor: string): string =>
  `(SELECT min(d.seq) FROM deliveries d WHERE d.channel_id = ${channelId} AND (d.is_concern OR NOT d.memory_ended)
     AND d.seq <= ${cursor} AND d.seq > (SELECT o.cursor FROM subscriptions o WHERE o.id = ${subscriptionId}))`;
