/** The events of a channel with their outcomes for each Zap, as the console shows them. */

import { selectsDelivery } from '../../wire/action-filter.ts';
import { OUTCOMES, type EventAtZap, type EventConditions, type Outcome } from '../../wire/console-api.ts';
import type { NumberRange } from '../store/console/event-conditions.ts';
import type { ListedSend, ReadOrder, StoredEvent } from '../store/console/events.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/rows/subscription.ts';

/**
 * Maximum number of events in each window that a search for a Zap's events reads from the store. A new Zap might have
 * selected only a few of these events.
 */
const MAX_READ = 1_000;
/**
 * Maximum number of windows that one search reads, one after another. A window contains the maximum number of events
 * that one statement may read.
 */
const MAX_WINDOWS = 4;

/** An event with its outcome for each Zap. */
export interface FoundEvent extends StoredEvent {
  /** The most urgent outcome of the event at any Zap. */
  readonly outcome: Outcome;
  readonly zaps: readonly EventAtZap[];
}

/** The events that a search has found. */
export interface FoundEvents {
  readonly events: readonly FoundEvent[];
  /**
   * Event number after which the search can continue, in the order of the search; null if the whole range has been
   * searched.
   */
  readonly next: number | null;
  /** Event number of the channel's newest event when the search began. */
  readonly newest: number;
  /** Earliest arrival among the searched events; null if the search reached no events. */
  readonly searchedFrom: number | null;
}

function outcomeOf({ state, failure }: ListedSend): Outcome {
  if (state === 'delivered') return 'delivered';
  if (state === 'dead') return 'given_up';
  return failure === null ? 'waiting' : 'failed';
}

/** The store's calls that read events. */
type EventsStore = Pick<
  Store,
  'endedSubscriptions' | 'subscriptions' | 'newestNumber' | 'numbersBetween' | 'window' | 'events'
>;

/** The events of a channel. */
export type ChannelEvents = Awaited<ReturnType<typeof channelEventsOf>>;

/** Returns the events of a channel, with the channel's current Zaps. */
export async function channelEventsOf(store: EventsStore, channel: string) {
  const zaps = (await Promise.all([store.endedSubscriptions(channel), store.subscriptions(channel)])).flat();

  function withOutcomes(event: StoredEvent): FoundEvent {
    const { seq, actions } = event;
    const sends = new Map(event.sends.map((send) => [send.subscriptionId, send]));
    const atZaps = zaps.flatMap(({ id, filter, startsAfter, endedAt }): EventAtZap[] => {
      const send = sends.get(id);
      const wasOn = seq > startsAfter;
      if (send) return [{ zap: id, outcome: outcomeOf(send), was_on: wasOn, is_sent_again: send.isSentAgain }];
      // A Zap that was turned on after the event had arrived can still receive the event, if the event is sent again.
      if (wasOn || endedAt !== null || !selectsDelivery(filter, actions)) return [];
      return [{ zap: id, outcome: 'not_wanted', was_on: false, is_sent_again: false }];
    });
    const outcome = OUTCOMES.find((each) => atZaps.some((atZap) => atZap.outcome === each)) ?? 'not_wanted';
    return { ...event, zaps: atZaps, outcome };
  }

  /**
   * Finds the first events of a range that meet conditions, at most `limit`. If the search reaches its limit on events
   * read from the store, returns fewer than `limit` events and an event number in `next`.
   */
  async function find(
    conditions: EventConditions,
    range: NumberRange,
    limit: number,
    order: ReadOrder = 'newest first',
  ): Promise<FoundEvents> {
    const { zap, outcome, from, to } = conditions;
    const [newest, between] = [await store.newestNumber(channel), await store.numbersBetween(channel, from, to)];
    const whole = { after: Math.max(range.after, between.after), upTo: Math.min(range.upTo, between.upTo) };
    const isOfZap = zap !== undefined && outcome === undefined;
    const events: FoundEvent[] = [];
    let rest = whole;
    let searchedFrom: number | null = null;
    for (let count = 1; ; count++) {
      const { range: searched, end, firstReceivedAt } = await store.window(channel, rest, order);
      const maxRead = isOfZap ? MAX_READ : limit - events.length;
      const read = await store.events(channel, conditions, searched, maxRead, order);
      const found = read.map(withOutcomes).filter((event) => !isOfZap || event.zaps.some((atZap) => atZap.zap === zap));
      events.push(...found.slice(0, limit - events.length));
      const last = events.length === limit ? events.at(-1) : read.length === maxRead ? read.at(-1) : undefined;
      if (last) return { events, newest, next: last.number, searchedFrom: last.receivedAt };
      searchedFrom = firstReceivedAt ?? searchedFrom;
      if (end === null || count === MAX_WINDOWS) return { events, newest, next: end, searchedFrom };
      rest = order === 'newest first' ? { ...rest, upTo: end - 1 } : { ...rest, after: end };
    }
  }

  return {
    /** The Zaps that are on, and the Zaps that are off and whose outcomes are still stored. */
    zaps: zaps as readonly Subscription[],
    find,
    /** Returns the event with the given event number; undefined if there is no such event. */
    event: async (number: number): Promise<FoundEvent | undefined> =>
      (await store.events(channel, {}, { after: number - 1, upTo: number }, 1)).map(withOutcomes)[0],
    /**
     * Returns the event number of the newest event that the channel has ever had; 0 if the channel has never had an
     * event.
     */
    newest: () => store.newestNumber(channel),
  };
}
