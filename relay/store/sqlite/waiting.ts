import type { DeliveryActions } from '../../../wire/action-filter.ts';
import { selectorOf, type DeliverySelector } from '../delivery-selector.ts';
import type { Connection } from './connection.ts';
import { subscriptionsOf } from './subscriptions.ts';

/**
 * The subscriptions that a channel's deliveries wait for, as of the start of a transaction. Reading the subscriptions
 * takes longer than storing a delivery, so that a transaction creates this object when a limit is reached, and once.
 */
export class Waiting {
  readonly #subscriptions: readonly { readonly cursor: number; readonly selects: DeliverySelector }[];
  /** Identifiers of subscriptions with dead letters. */
  readonly withDeadLetters: readonly string[];
  readonly #passedUpTo = new Map<string, number>();

  constructor(connection: Connection, channel: string) {
    const subscriptions = subscriptionsOf(connection, channel);
    this.#subscriptions = subscriptions.map(({ cursor, filter }) => ({ cursor, selects: selectorOf(filter) }));
    this.withDeadLetters = connection
      .sql('SELECT id FROM subscriptions WHERE channel = ? AND dead_letters > 0')
      .pluck()
      .all(channel) as string[];
  }

  /**
   * Returns the sequence number up to which all subscriptions that select a combination of actions have passed its
   * deliveries; infinity if no subscription selects it.
   *
   * @param actions - the JSON of the actions
   */
  passedUpTo(actions: string): number {
    let seq = this.#passedUpTo.get(actions);
    if (seq === undefined) {
      const parsed = JSON.parse(actions) as DeliveryActions;
      seq = Infinity;
      for (const { cursor, selects } of this.#subscriptions) if (cursor < seq && selects(parsed)) seq = cursor;
      this.#passedUpTo.set(actions, seq);
    }
    return seq;
  }
}
