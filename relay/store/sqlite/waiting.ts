import { selectsDelivery, type ActionFilter, type DeliveryActions } from '../../../wire/action-filter.ts';
import type { Connection } from './connection.ts';
import { subscriptionsOf } from './subscriptions.ts';

/**
 * The subscriptions that a channel's deliveries are waiting for, as of the start of a transaction. Reading the
 * subscriptions takes longer than storing a delivery, so a transaction creates this object only once, when a limit is
 * reached.
 */
export class Waiting {
  /** Ids of subscriptions with dead letters. */
  readonly withDeadLetters: readonly string[];
  /** The lowest cursor of all subscriptions. */
  #lowestCursor = Infinity;
  /** The lowest cursor of the subscriptions that list an action, by action. */
  readonly #cursorByAction = new Map<string, number>();
  /** Subscriptions to all actions except the listed ones. */
  readonly #exceptions: { readonly cursor: number; readonly filter: ActionFilter }[] = [];
  readonly #passedUpTo = new Map<string, number>();

  constructor(connection: Connection, channel: string) {
    for (const { cursor, filter } of subscriptionsOf(connection, channel)) {
      this.#lowestCursor = Math.min(this.#lowestCursor, cursor);
      if ('actions' in filter) {
        for (const action of filter.actions) {
          if (cursor < (this.#cursorByAction.get(action) ?? Infinity)) this.#cursorByAction.set(action, cursor);
        }
      } else {
        this.#exceptions.push({ cursor, filter });
      }
    }
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
      seq = this.#lowestSelecting(JSON.parse(actions) as DeliveryActions);
      this.#passedUpTo.set(actions, seq);
    }
    return seq;
  }

  #lowestSelecting(actions: DeliveryActions): number {
    if (actions === null) return this.#lowestCursor;
    let lowest = Infinity;
    for (const action of actions) lowest = Math.min(lowest, this.#cursorByAction.get(action) ?? Infinity);
    for (const { cursor, filter } of this.#exceptions) {
      if (cursor < lowest && selectsDelivery(filter, actions)) lowest = cursor;
    }
    return lowest;
  }
}
