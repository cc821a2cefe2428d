/** The number of events in each hour by outcome. */

import { OUTCOMES, type HourCounts, type Outcome } from '../../wire/console-api.ts';
import type { ConsoleStore, StoredEvent } from '../store/console-store.ts';
import { HOUR_MS, type Store } from '../store/store.ts';
import { rangeOf, rangesBetweenCursors } from './event-ranges.ts';
import { factsByEvent, fatesOf, mostUrgent, outcomeByCursors } from './outcomes.ts';

/** The number of hours that are counted. */
const HOURS = 72;
/** Upper bound on the events of a notable kind that are looked at one by one. */
const MAX_NOTABLE = 1_000;
/** Attempted events after the cursor of one subscription. Usually, there is one: the event that the target refuses. */
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

/**
 * Counts the events of the current hour and the 71 hours before it by their outcome for all Zaps. The store counts by
 * actions and ranges between cursors, which decide about most outcomes. Events that are being attempted or sent again are
 * few, and are looked at one by one.
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
  for (const { actions, hour, range, count, dead } of await store.countEvents(channel, ranges, sinceHour)) {
    counters.add(hour, outcomeByCursors(ranges[range]?.upTo ?? 0, actions, subscriptions), count - dead);
    counters.add(hour, 'given_up', dead);
  }

  const parts = await Promise.all([
    store.notableEvents(channel, 'redriven', null, within, MAX_NOTABLE),
    store.notableEvents(channel, 'attempted', null, within, MAX_NOTABLE),
    ...subscriptions
      .filter(({ failures }) => failures > 0)
      .map(({ id, cursor }) =>
        store.notableEvents(
          channel,
          'attempted',
          id,
          { after: Math.max(cursor, within.after), upTo: within.upTo },
          MAX_ATTEMPTED,
        ),
      ),
  ]);
  const notable = [...new Map(parts.flat().map((event) => [event.seq, event])).values()];
  const facts = factsByEvent(
    await store.eventFacts(
      channel,
      notable.map(({ seq }) => seq),
    ),
  );
  const countedAs = ({ seq, actions }: StoredEvent): Outcome => {
    const letters = [...(facts.get(seq)?.letters.values() ?? [])];
    const isDead = letters.length > 0 && letters.every(({ isRedriven }) => !isRedriven);
    return isDead ? 'given_up' : outcomeByCursors(seq, actions, subscriptions);
  };
  for (const event of notable) {
    const outcome = mostUrgent(fatesOf(event, subscriptions, facts).map((fate) => fate.outcome));
    counters.move(Math.floor(event.receivedAt / HOUR_MS), countedAs(event), outcome);
  }
  return counters.toList();
}
