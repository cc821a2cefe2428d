/** Wellbeing concerns, whose contents are stored only while a subscription needs them. */

import { selectsDelivery, type ActionFilter, type DeliveryActions } from '../../../wire/action-filter.ts';
import { ALL_CONCERNS, type ConcernRange } from '../concern-range.ts';
import { RETAIN_BATCH, type NewDelivery } from '../store.ts';
import { withinStep } from '../within-step.ts';
import type { Connection } from './connection.ts';
import { remove, type Removable } from './removal.ts';
import { subscriptionsOf } from './subscriptions.ts';

/** The filters of channels' subscriptions during a transaction. Each channel's are read once, when they are needed. */
export class Filters {
  readonly #connection: Connection;
  readonly #filters = new Map<string, readonly ActionFilter[]>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Returns true if a subscription selects a delivery. */
  select({ channel, actions }: NewDelivery): boolean {
    let filters = this.#filters.get(channel);
    if (!filters) {
      filters = subscriptionsOf(this.#connection, channel).map(({ filter }) => filter);
      this.#filters.set(channel, filters);
    }
    return filters.some((filter) => selectsDelivery(filter, actions));
  }
}

interface ConcernRow extends Removable {
  readonly channelId: number;
  /** JSON of the actions. */
  readonly actions: string;
}

/**
 * Returns true if a subscription that has not passed a concern selects it. Reads no more filters than necessary, because
 * every subscription that passes the concern asks.
 */
function isWaiting(connection: Connection, channel: string, { seq, actions }: ConcernRow): boolean {
  const behind = connection
    .sql('SELECT filter FROM subscriptions WHERE channel = ? AND cursor < ?')
    .pluck()
    .iterate(channel, seq) as IterableIterator<string>;
  const known = JSON.parse(actions) as DeliveryActions;
  for (const filter of behind) {
    if (known === null || selectsDelivery(JSON.parse(filter) as ActionFilter, known)) return true;
  }
  return false;
}

/**
 * Removes contents of a channel's concerns that neither wait nor are dead letters, as one step in the transaction of the
 * caller.
 *
 * @param range - the concerns to look at; default: all
 * @returns the number of contents removed; 0 if there are none
 */
export function removeSettledConcerns(
  connection: Connection,
  channel: string,
  { after, upTo }: ConcernRange = ALL_CONCERNS,
): number {
  const rows = connection
    .sql(
      `SELECT c.id AS channelId, d.seq, length(d.sealed) AS bytes, d.list_id AS listId,
         coalesce(d.actions, a.actions) AS actions
       FROM channels c CROSS JOIN deliveries d INDEXED BY concerns ON d.channel_id = c.id AND d.is_concern = 1
         CROSS JOIN action_lists a ON a.id = d.list_id
       WHERE c.channel = ? AND d.seq > ? AND d.seq <= ?
         AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) ORDER BY d.seq`,
    )
    .all(channel, after, upTo) as ConcernRow[];
  const [first] = rows;
  if (!first) return 0;
  const settled = rows.filter((row) => !isWaiting(connection, channel, row));
  const step = withinStep(settled.slice(0, RETAIN_BATCH));
  remove(connection, first.channelId, 'contents', step);
  return step.length;
}

/** Removes contents of settled concerns of all channels, as one step. Returns their number. */
export function removeAllSettledConcerns(connection: Connection): number {
  const channels = connection
    .sql(
      `SELECT channel FROM channels WHERE id IN (
         SELECT DISTINCT channel_id FROM deliveries INDEXED BY concerns WHERE is_concern = 1)`,
    )
    .pluck()
    .all() as string[];
  for (const channel of channels) {
    const count = removeSettledConcerns(connection, channel);
    if (count > 0) return count;
  }
  return 0;
}
