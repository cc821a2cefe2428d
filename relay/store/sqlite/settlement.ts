/**
 * Settled deliveries: no subscription is waiting for them, and they are not dead letters. The content of a settled
 * wellbeing concern is removed, and a settled deletion ends the memory of its subject.
 */

import { selectsDelivery, type ActionFilter, type DeliveryActions } from '../../../wire/action-filter.ts';
import { RETAIN_BATCH } from '../store.ts';
import { ALL_DELIVERIES, type SequenceRange } from '../sequence-range.ts';
import { withinStep } from '../within-step.ts';
import type { Connection } from './connection.ts';
import { endMemory, remove, type Removable } from './removal.ts';

interface CandidateRow extends Removable {
  readonly channelId: number;
  /** JSON of the actions. */
  readonly actions: string;
}

/** Returns the settled deliveries of a channel in one of the partial indexes, in order. */
function settledIn(
  connection: Connection,
  channel: string,
  { after, upTo }: SequenceRange,
  index: 'concerns' | 'deletions',
): CandidateRow[] {
  // The parameters are in subqueries, because SQLite would otherwise prepare the statement again whenever they change.
  // The statement runs whenever a subscription passes a delivery, and would take 89 µs instead of 3 µs.
  const condition = index === 'concerns' ? 'd.is_concern = 1' : 'd.ends_memory = 1';
  const rows = connection
    .sql(
      `SELECT c.id AS channelId, d.seq, length(d.sealed) AS bytes, coalesce(d.actions, a.actions) AS actions
       FROM channels c CROSS JOIN deliveries d INDEXED BY ${index} ON d.channel_id = c.id AND ${condition}
         CROSS JOIN action_lists a ON a.id = d.list_id
       WHERE c.channel = (SELECT ?) AND d.seq > (SELECT ?) AND d.seq <= (SELECT ?)
         AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) ORDER BY d.seq`,
    )
    .all(channel, after, upTo) as CandidateRow[];
  const last = rows.at(-1);
  if (!last) return [];
  const passed = new Map<string, number>();
  const passedUpTo = (actions: string): number => {
    const known = passed.get(actions) ?? lowestCursor(connection, channel, actions, last.seq);
    passed.set(actions, known);
    return known;
  };
  return rows.filter(({ seq, actions }) => seq <= passedUpTo(actions));
}

/**
 * Returns the lowest cursor of the subscriptions that select any of the actions; infinity if all of these cursors are
 * at or after `seq`. Reads as few filters as possible, because it is called for every subscription that passes a
 * delivery.
 *
 * @param actions - JSON of the actions
 */
function lowestCursor(connection: Connection, channel: string, actions: string, seq: number): number {
  const behind = connection
    .sql('SELECT cursor, filter FROM subscriptions WHERE channel = ? AND cursor < ? ORDER BY cursor')
    .iterate(channel, seq) as IterableIterator<{ readonly cursor: number; readonly filter: string }>;
  const known = JSON.parse(actions) as DeliveryActions;
  for (const { cursor, filter } of behind) {
    if (known === null || selectsDelivery(JSON.parse(filter) as ActionFilter, known)) return cursor;
  }
  return Infinity;
}

/**
 * Removes the contents of a channel's settled concerns, and ends the memory of deleted subjects, as one step in the
 * caller's transaction.
 *
 * @param range - the deliveries to check; default: all
 * @returns the number of deliveries changed; 0 if there are none to settle
 */
export function settle(connection: Connection, channel: string, range: SequenceRange = ALL_DELIVERIES): number {
  const concerns = withinStep(settledIn(connection, channel, range, 'concerns').slice(0, RETAIN_BATCH));
  const [concern] = concerns;
  if (concern) remove(connection, concern.channelId, 'contents', concerns);
  let changed = concerns.length;
  for (const { seq } of settledIn(connection, channel, range, 'deletions')) {
    if (changed >= RETAIN_BATCH) break;
    changed += endMemory(connection, seq, RETAIN_BATCH - changed);
  }
  return changed;
}

/** Settles the deliveries of all channels, as one step. Returns the number of deliveries changed. */
export function settleAll(connection: Connection): number {
  const channels = connection
    .sql(
      `SELECT channel FROM channels WHERE id IN (
         SELECT channel_id FROM deliveries INDEXED BY concerns WHERE is_concern = 1
         UNION SELECT channel_id FROM deliveries INDEXED BY deletions WHERE ends_memory = 1)`,
    )
    .pluck()
    .all() as string[];
  for (const channel of channels) {
    const changed = settle(connection, channel);
    if (changed > 0) return changed;
  }
  return 0;
}
