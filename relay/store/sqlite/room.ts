/** Makes room for new deliveries in full channels. */

import { actionListsOf, type ActionList } from './action-lists.ts';
import type { Connection } from './connection.ts';
import { remove, type Removable } from './removal.ts';
import { Waiting } from './waiting.ts';

/**
 * Limits on the data that one transaction removes and examines, so that a full channel does not delay others for long.
 */
const MAX_REMOVED = 2000;
const MAX_REMOVED_BYTES = 16 * 1024 * 1024;
const MAX_SKIPPED = 5000;
/**
 * Maximum number of action lists that are deleted at a time, and maximum number of deliveries in a list that may be
 * deleted to make room for another list.
 */
const FREED_LISTS = 64;
const SMALL_LIST = 100;
/** Number of rows that are read at a time. */
const PAGE = 100;

/** The remaining budget of a transaction: the rows and bytes that it may still remove or skip in all its channels. */
interface Budget {
  deliveries: number;
  bytes: number;
  skipped: number;
}

/** Merges several ordered sources of deliveries, the oldest first, without duplicates. */
function* oldestFirst(sources: readonly Generator<Removable, void>[]): Generator<Removable, void> {
  const heads = sources.map((source) => source.next());
  for (;;) {
    let oldest = -1;
    heads.forEach(({ value }, index) => {
      if (value && value.seq < (heads[oldest]?.value?.seq ?? Infinity)) oldest = index;
    });
    const next = heads[oldest]?.value;
    if (!next) return;
    yield next;
    // Advance the source only now, because it may rely on the removal of the delivery that it returned.
    sources.forEach((source, index) => {
      if (heads[index]?.value?.seq === next.seq) heads[index] = source.next();
    });
  }
}

/** The {@link Room} of each channel in one transaction. A room is created when a channel is full. */
export class Rooms {
  readonly #connection: Connection;
  readonly #budget: Budget = { deliveries: MAX_REMOVED, bytes: MAX_REMOVED_BYTES, skipped: MAX_SKIPPED };
  readonly #rooms = new Map<number, Room>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  of(channel: string, channelId: number): Room {
    const room = this.#rooms.get(channelId) ?? new Room(this.#connection, channel, channelId, this.#budget);
    this.#rooms.set(channelId, room);
    return room;
  }

  /** Reports that a delivery was stored in a channel, so that it may be removed again. */
  added(channelId: number): void {
    this.#rooms.get(channelId)?.added();
  }
}

/** Removes deliveries of one channel that no subscription is waiting for, during one transaction. */
class Room {
  readonly #connection: Connection;
  readonly #channel: string;
  readonly #channelId: number;
  readonly #budget: Budget;
  #waiting: Waiting | null = null;
  #withoutContent: Generator<Removable, void> | null = null;
  #withContent: Generator<Removable, void> | null = null;
  #hasNewDeliveries = false;

  constructor(connection: Connection, channel: string, channelId: number, budget: Budget) {
    this.#connection = connection;
    this.#channel = channel;
    this.#channelId = channelId;
    this.#budget = budget;
  }

  /** Reports that a delivery was stored in the channel, so that it may be removed again. */
  added(): void {
    this.#hasNewDeliveries = true;
  }

  /** Removes at least the given numbers of sealed bytes and deliveries. Returns false if fewer could be removed. */
  make(bytes: number, deliveries: number): boolean {
    const whole: Removable[] = [];
    const contents: Removable[] = [];
    let removedBytes = 0;
    const take = (into: Removable[], withoutContent: boolean): boolean => {
      const next = this.#next(withoutContent);
      if (!next) return false;
      into.push(next);
      removedBytes += next.bytes;
      this.#budget.deliveries--;
      this.#budget.bytes -= next.bytes;
      return true;
    };
    while (whole.length < deliveries && take(whole, true));
    while (removedBytes < bytes && take(contents, false));
    remove(this.#connection, this.#channelId, 'deliveries', whole);
    remove(this.#connection, this.#channelId, 'contents', contents);
    return whole.length >= deliveries && removedBytes >= bytes;
  }

  /**
   * Removes the contents of small action lists that no subscription is waiting for. Returns false if there are none.
   */
  freeLists(): boolean {
    const lists = actionListsOf(this.#connection, this.#channelId)
      .filter(({ actions, newestSeq }) => this.#passedUpTo(actions) >= newestSeq)
      .sort((one, other) => one.newestSeq - other.newestSeq);
    let freed = 0;
    for (const list of lists) {
      const contents = this.#connection
        .sql(
          `SELECT seq, length(sealed) AS bytes,
             EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) AS isDead
           FROM deliveries d WHERE list_id = ? LIMIT ?`,
        )
        .all(list.id, SMALL_LIST + 1) as (Removable & { isDead: number })[];
      if (contents.length > SMALL_LIST || contents.some(({ isDead }) => isDead === 1)) continue;
      remove(this.#connection, this.#channelId, 'contents', contents);
      if (++freed === FREED_LISTS) break;
    }
    // The rows that were read ahead may have been removed by now.
    this.#withContent = null;
    return freed > 0;
  }

  #passedUpTo(actions: string): number {
    this.#waiting ??= new Waiting(this.#connection, this.#channel);
    return this.#waiting.passedUpTo(actions);
  }

  /** Returns the next delivery to remove; undefined if there is none or the budget is used up. */
  #next(withoutContent: boolean): Removable | undefined {
    if (this.#budget.deliveries <= 0 || this.#budget.bytes <= 0) return undefined;
    if (withoutContent) {
      const next = (this.#withoutContent ??= this.#deliveriesWithoutContent()).next().value;
      if (next) return next;
    }
    const next = (this.#withContent ??= this.#deliveriesWithContent()).next().value;
    if (next || !this.#hasNewDeliveries) return next ?? undefined;
    // Look again, because this transaction has stored deliveries since the first look.
    this.#hasNewDeliveries = false;
    this.#withoutContent = null;
    this.#withContent = null;
    return this.#next(withoutContent);
  }

  *#deliveriesWithoutContent(): Generator<Removable, void> {
    let after = 0;
    for (;;) {
      const page = this.#connection
        .sql(
          `SELECT seq, 0 AS bytes FROM deliveries WHERE channel_id = ? AND seq > ? AND list_id IS NULL ORDER BY seq LIMIT ?`,
        )
        .all(this.#channelId, after, PAGE) as Removable[];
      yield* page;
      const last = page.at(-1);
      if (!last) return;
      after = last.seq;
    }
  }

  *#deliveriesWithContent(): Generator<Removable, void> {
    const lists = actionListsOf(this.#connection, this.#channelId);
    yield* oldestFirst(lists.map((list) => this.#delivered(list)));
    const waiting = (this.#waiting ??= new Waiting(this.#connection, this.#channel));
    yield* oldestFirst(waiting.withDeadLetters.map((subscriptionId) => this.#deadLetters(subscriptionId)));
  }

  /** Yields the delivered deliveries of a list in order. Each must be removed before the next is requested. */
  *#delivered({ id, actions, deadUpTo }: ActionList): Generator<Removable, void> {
    const passedUpTo = Math.min(this.#passedUpTo(actions), Number.MAX_SAFE_INTEGER);
    let after = deadUpTo;
    let skipped = 0;
    const markDead = (): void => {
      if (skipped > 0) this.#connection.sql('UPDATE action_lists SET dead_up_to = ? WHERE id = ?').run(after, id);
      skipped = 0;
    };
    for (;;) {
      const row = this.#connection
        .sql(
          `SELECT seq, length(sealed) AS bytes,
             EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) AS isDead
           FROM deliveries d WHERE list_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT 1`,
        )
        .get(id, after, passedUpTo) as (Removable & { isDead: number }) | undefined;
      if (!row) {
        markDead();
        return;
      }
      if (row.isDead === 0) {
        if (skipped >= PAGE) markDead();
        yield row;
      } else {
        skipped++;
        if (--this.#budget.skipped < 0) {
          markDead();
          return;
        }
      }
      after = row.seq;
    }
  }

  /**
   * Yields, in order, the dead letters of a subscription that are not marked for redelivery and that no subscription is
   * waiting for.
   */
  *#deadLetters(subscriptionId: string): Generator<Removable, void> {
    let after = 0;
    while (this.#budget.skipped > 0) {
      const row = this.#connection
        .sql(
          `SELECT l.seq, length(d.sealed) AS bytes, a.actions,
             EXISTS (SELECT 1 FROM dead_letters r WHERE r.seq = l.seq AND r.is_redriven = 1) AS isRedriven
           FROM dead_letters l JOIN deliveries d ON d.seq = l.seq JOIN action_lists a ON a.id = d.list_id
           WHERE l.subscription_id = ? AND l.is_redriven = 0 AND l.seq > ? ORDER BY l.seq LIMIT 1`,
        )
        .get(subscriptionId, after) as (Removable & { actions: string; isRedriven: number }) | undefined;
      if (!row) return;
      after = row.seq;
      if (row.isRedriven === 0 && row.seq <= this.#passedUpTo(row.actions)) yield row;
      else this.#budget.skipped--;
    }
  }
}
