/** The number of events in each hour by outcome. */

import { OUTCOMES, type HourCounts, type Outcome } from '../../wire/console-api.ts';
import type { ConsoleStore, SeqRange, StoredEvent } from '../store/console-store.ts';
import { HOUR_MS, type Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { rangeOf, rangesBetweenCursors } from './event-ranges.ts';
import { factsByEvent, fatesOf, mostUrgent, outcomeByCursors } from './outcomes.ts';

/** The number of hours to count. */
const HOURS = 72;
/**
 * Attempted events after the cursor of one subscription. Usually there is only one: the event that the target refuses.
 */
const MAX_ATTEMPTED = 10;

/** The part of a store that the counts use. */
export type CountedStore = Pick<ConsoleStore, 'eventIndex' | 'countEvents' | 'notableEvents' | 'eventFacts'> &
  Pick<Store, 'subscriptions'>;

/** Counters by hour and outcome. */
class Counters {
  readonly #byHour = new Map<number, Record<Outcome, number>>();

  add(hour: number, outcome: Outcome, count: number): void {
    const counts = this.#byHour.get(hour) ?? { failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 };
    counts[outcome] += count;
    this.#byHour.set(hour, counts);
  }

  /** Moves an event from one outcome to another. Ignores hours that are not counted. */
  move(hour: number, from: Outcome, to: Outcome): void {
    const counts = this.#byHour.get(hour);
    if (!counts || counts[from] === 0) return;
    counts[from]--;
    counts[to]++;
  }

  /** Returns the hours with events, oldest first. */
  toList(): HourCounts[] {
    return [...this.#byHour]
      .filter(([, counts]) => OUTCOMES.some((outcome) => counts[outcome] > 0))
      .sort(([one], [other]) => one - other)
      .map(([hour, counts]) => ({ hour: hour * HOUR_MS, ...counts }));
  }
}

/** Returns the events after the cursors of failing subscriptions that have been attempted. */
async function failingEvents(
  store: CountedStore,
  channel: string,
  subscriptions: readonly Subscription[],
  { after, upTo }: SeqRange,
): Promise<StoredEvent[]> {
  const parts = await Promise.all(
    subscriptions
      .filter(({ failures }) => failures > 0)
      .map(({ id, cursor }) => {
        const range = { after: Math.max(cursor, after), upTo };
        return store.notableEvents(channel, 'attempted', id, range, MAX_ATTEMPTED);
      }),
  );
  return [...new Map(parts.flat().map((event) => [event.seq, event])).values()];
}

/**
 * Counts the events of the current hour and the 71 hours before it by their outcome for all Zaps. The store counts by
 * actions and ranges between cursors, which determine most outcomes, and counts dead letters separately. The few events
 * at the cursors of failing subscriptions are examined individually.
 *
 * @param now - milliseconds since 1970
 */
export async function hourCounts(store: CountedStore, channel: string, now: number): Promise<HourCounts[]> {
  const sinceHour = Math.floor(now / HOUR_MS) - (HOURS - 1);
  const [index, subscriptions] = await Promise.all([store.eventIndex(channel), store.subscriptions(channel)]);
  if (!index) return [];
  const { after } = rangeOf(index.hours, { from: sinceHour * HOUR_MS });
  const within = { after: Math.max(after, index.expiredUpTo), upTo: Number.MAX_SAFE_INTEGER };
  const ranges = rangesBetweenCursors(subscriptions, within);

  const counters = new Counters();
  for (const counts of await store.countEvents(channel, ranges, sinceHour)) {
    const { actions, hour, range, count, failed, dead, redriven, acceptedLater } = counts;
    const outcome = outcomeByCursors(ranges[range]?.upTo ?? 0, actions, subscriptions);
    counters.add(hour, outcome, count - failed - dead - redriven - acceptedLater);
    counters.add(hour, 'failed', failed);
    counters.add(hour, 'given_up', dead);
    counters.add(hour, 'waiting', redriven);
    counters.add(hour, outcome === 'not_wanted' ? 'delivered' : outcome, acceptedLater);
  }

  const failing = await failingEvents(store, channel, subscriptions, within);
  const seqs = failing.map(({ seq }) => seq);
  const facts = factsByEvent(await store.eventFacts(channel, seqs));
  for (const event of failing) {
    const fates = fatesOf(event, subscriptions, facts);
    // The counts above rely only on the cursor, which indicates that an event is waiting even if attempts have failed.
    const counted = fates.map(({ zap, outcome }) =>
      outcome === 'failed' && !facts.get(event.seq)?.letters.has(zap) ? 'waiting' : outcome,
    );
    const hour = Math.floor(event.receivedAt / HOUR_MS);
    counters.move(hour, mostUrgent(counted), mostUrgent(fates.map(({ outcome }) => outcome)));
  }
  return counters.toList();
}
