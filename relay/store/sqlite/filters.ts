import { selectsDelivery, type ActionFilter } from '../../../wire/action-filter.ts';
import type { NewDelivery } from '../delivery.ts';
import type { Connection } from './connection.ts';
import { subscriptionsOf } from './subscriptions.ts';

/**
 * The filters of subscriptions during a transaction. The filters of a channel are read once, when they are first
 * needed.
 */
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
