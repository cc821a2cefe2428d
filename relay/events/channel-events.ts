/** The events of a channel with their outcomes for each Zap, as the console shows them. */

import { selectsDelivery } from '../../wire/action-filter.ts';
import { OUTCOMES, type EventAtZap, type EventConditions, type Outcome } from '../../wire/console-api.ts';
import type { ListedSend, ReadOrder, NumberRange, StoredEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';

/** Maximum number of events that a search for a Zap's events reads. A new Zap may select few of the events before. */
const MAX_READ = 1_000;

/** An event with its outcome for each Zap. */
export interface FoundEvent extends StoredEvent {
  /** The most urgent outcome. */
  readonly outcome: Outcome;
  readonly zaps: readonly EventAtZap[];
}

/** The result of a search. */
export interface FoundEvents {
  readonly events: readonly FoundEvent[];
  /** Event number after which the search can be continued, in the order of the search; null if there is no more. */
  readonly next: number | null;
}

function outcomeOf({ state, failure }: ListedSend): Outcome {
  if (state === 'delivered') return 'delivered';
  if (state === 'dead') return 'given_up';
  return failure === null ? 'waiting' : 'failed';
}

/** The events of a channel. */
export type ChannelEvents = Awaited<ReturnType<typeof channelEventsOf>>;

/** Returns the events of a channel, with the Zaps that it has now. */
export async function channelEventsOf(store: Store, channel: string) {
  const zaps = (await Promise.all([store.endedSubscriptions(channel), store.subscriptions(channel)])).flat();

  function withOutcomes(event: StoredEvent): FoundEvent {
    const { seq, actions } = event;
    const sends = new Map(event.sends.map((send) => [send.subscriptionId, send]));
    const atZaps = zaps.flatMap(({ id, filter, startsAfter, endedAt }): EventAtZap[] => {
      const send = sends.get(id);
      const wasOn = seq > startsAfter;
      if (send) return [{ zap: id, outcome: outcomeOf(send), was_on: wasOn, is_sent_again: send.isSentAgain }];
      // A Zap that was turned on after the event had arrived may still receive it, if it is sent again.
      if (wasOn || endedAt !== null || !selectsDelivery(filter, actions)) return [];
      return [{ zap: id, outcome: 'not_wanted', was_on: false, is_sent_again: false }];
    });
    const outcome = OUTCOMES.find((each) => atZaps.some((atZap) => atZap.outcome === each)) ?? 'not_wanted';
    return { ...event, zaps: atZaps, outcome };
  }

  /** Finds the first events of a range that meet conditions. Returns at most `limit`, and fewer if it has read enough. */
  async function find(
    conditions: EventConditions,
    range: NumberRange,
    limit: number,
    order?: ReadOrder,
  ): Promise<FoundEvents> {
    const { zap, outcome } = conditions;
    const isOfZap = zap !== undefined && outcome === undefined;
    const maxRead = isOfZap ? MAX_READ : limit;
    const read = await store.events(channel, conditions, range, maxRead, order);
    const found = read.map(withOutcomes).filter((event) => !isOfZap || event.zaps.some((atZap) => atZap.zap === zap));
    const events = found.slice(0, limit);
    if (events.length === limit) return { events, next: events.at(-1)?.number ?? null };
    return { events, next: read.length === maxRead ? (read.at(-1)?.number ?? null) : null };
  }

  const first = async (range: NumberRange): Promise<FoundEvent | undefined> => (await find({}, range, 1)).events[0];

  return {
    /** The Zaps that are on, and the Zaps that are off but whose outcomes are still stored. */
    zaps: zaps as readonly Subscription[],
    find,
    /** Returns the event with this number; undefined if there is none. */
    event: (number: number) => first({ after: number - 1, upTo: number }),
    /** Returns the number of the newest event; 0 if there is none. */
    newest: async (): Promise<number> => (await first({ after: 0, upTo: Number.MAX_SAFE_INTEGER }))?.number ?? 0,
  };
}
